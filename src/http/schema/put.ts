import { z } from 'zod';
import { ValidationError } from '../../base/errors.ts';
import type { WantedAssignment } from '../../commands/put-assignment.ts';
import { besideFields, externalId } from './beside.ts';
import { MOST_STAGES, stageFields, toAssignment, toStageChanges } from './input.ts';
import { onceEach } from './once.ts';
import { label, reason } from './text.ts';
import { timeZone } from './time-zone.ts';

/** The wanted state of an assignment, with its stages. */

export const wantedStage = z
  .strictObject({ ...stageFields, external_id: externalId })
  .meta({ id: 'WantedStage', unusedIO: 'input', description: 'Fields that are left out stay as they are.' });

export const wantedAssignment = z
  .strictObject({
    title: label,
    time_zone: timeZone.optional(),
    ...besideFields,
    external_id: externalId.optional(),
    // Counted before they are parsed.
    stages: z
      .array(z.unknown())
      .refine(({ length }) => length <= MOST_STAGES, `has more than ${MOST_STAGES} entries: add the others one by one`)
      .pipe(z.array(wantedStage).superRefine(...onceEach('external_id', '/stages')))
      .meta({
        override: { type: 'array', maxItems: MOST_STAGES, items: { $ref: '#/components/schemas/WantedStage' } },
        description: 'Each with a different external_id.',
      })
      .optional(),
    delete_missing: z.boolean().optional().meta({
      description:
        'Whether stages whose external_id is not among these are deleted; false by default. Stages without one stay.',
    }),
    reason: reason.optional(),
  })
  .superRefine(({ stages, delete_missing }, context) => {
    if (delete_missing !== true || stages !== undefined) return;
    const message = 'needs stages: list those that should stay, or [] to delete them all';
    context.addIssue({ code: 'custom', path: ['delete_missing'], message });
  })
  .meta({
    id: 'WantedAssignment',
    description: 'Fields that are left out stay as they are; in a new assignment they get the defaults of POST.',
    override: {
      if: { required: ['delete_missing'], properties: { delete_missing: { const: true } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so.
      then: { required: ['stages'], properties: { stages: { type: 'array' } } },
    },
  });

/** @param id as the path has it @throws ValidationError */
export function toWanted(id: string, body: z.output<typeof wantedAssignment>): Omit<WantedAssignment, 'mustExist'> {
  const inPath = externalId.safeParse(id);
  if (!inPath.success) {
    const detail = `the external_id in the path ${inPath.error.issues[0]?.message ?? 'is none'}`;
    throw new ValidationError([{ pointer: '', detail }]);
  }
  if (body.external_id !== undefined && body.external_id !== id) {
    throw new ValidationError([{ pointer: '/external_id', detail: 'must be the same as in the path, or be left out' }]);
  }
  const stages = (body.stages ?? []).map((stage) => ({
    ...toStageChanges(stage),
    name: stage.name,
    externalId: stage.external_id,
  }));
  return { ...toAssignment(body), externalId: id, stages, deletesMissing: body.delete_missing === true };
}
