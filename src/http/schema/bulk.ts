import { z } from 'zod';
import type { StageEdit } from '../../commands/edit-stages.ts';
import type { Expected } from '../../commands/precondition.ts';
import { expectedOf } from '../etag.ts';
import { uuid } from './asked.ts';
import { stageEdit, toStageChanges } from './input.ts';
import { onceEach } from './once.ts';
import { reason } from './text.ts';

/** Many edits in one request. */

const MOST_EDITS = 1000;

/** The ETag as it was given. Many clients leave out its quotes inside JSON. */
const ifMatch = z
  .string()
  .transform((text, context): Expected => {
    const expected = /^\d+$/.test(text) ? [text] : expectedOf(text);
    if (expected !== undefined) return expected;
    context.addIssue({ code: 'custom', message: 'must be the ETag as it was given, such as "\\"3\\"", or "*"' });
    return z.NEVER;
  })
  .meta({
    override: { type: 'string', pattern: '^(\\d+|\\s*\\*\\s*|\\s*(W/)?"[^"]*".*)$' },
    description: 'The ETag of the stage as you read it: the edit is done only if it is still current.',
  });

export const oneEdit = z
  .strictObject({ id: uuid, if_match: ifMatch.optional(), ...stageEdit })
  .meta({ id: 'StageEdit', unusedIO: 'input' });

export const stageEdits = z
  .strictObject({
    // Counted before they are parsed.
    edits: z
      .array(z.unknown())
      .refine(({ length }) => length <= MOST_EDITS, `has more than ${MOST_EDITS} entries: split the request`)
      .pipe(z.array(oneEdit).superRefine(...onceEach('id', '/edits')))
      .meta({
        override: { type: 'array', maxItems: MOST_EDITS, items: { $ref: '#/components/schemas/StageEdit' } },
        description: 'At most one for each stage.',
      }),
    reason: reason.optional(),
  })
  .meta({ id: 'StageEdits' });

export const toStageEdit = ({ id, if_match, ...fields }: z.output<typeof oneEdit>): StageEdit => ({
  id,
  expected: if_match ?? null,
  changes: toStageChanges(fields),
});
