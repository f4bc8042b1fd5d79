import { z } from 'zod';
import type { BesideChanges } from '../../commands/beside.ts';
import { faultOf } from './text.ts';

/** What integrators keep beside a row. */

const MOST_OF_ID = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The id of a row in another system, unchanged. It is used in paths too, where `.` and `..` do not work. */
export const externalId = z
  .string()
  .superRefine((text, context) => {
    const fault = faultOf(text, MOST_OF_ID) ?? (isOdd(text) ? NO_ID : null);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({
    override: { type: 'string', minLength: 1, maxLength: MOST_OF_ID, pattern: '^[^\\s\\u0000-\\u001f\\u007f]' },
    description: `Its id in another system: 1 to ${MOST_OF_ID} characters, no blank at an end, no control characters, not . or ..`,
  });

const NO_ID = 'must not begin or end with a blank, contain control characters, or be . or ..';
const isOdd = (text: string): boolean => text.trim() !== text || CONTROL.test(text) || /^\.\.?$/.test(text);

const MOST_OF_DESCRIPTION = 5000;

/** As it was written, blanks and all; null for none. */
const description = z
  .string()
  .superRefine((text, context) => {
    const fault = text === '' ? null : faultOf(text, MOST_OF_DESCRIPTION);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({
    override: { type: 'string', maxLength: MOST_OF_DESCRIPTION },
    description: `Up to ${MOST_OF_DESCRIPTION} characters, as they are written, and no U+0000.`,
  })
  .nullable();

const [MOST_ENTRIES, MOST_OF_KEY, MOST_OF_VALUE] = [50, 40, 500];

const entries = z.record(z.string(), z.string()).superRefine((entries, context) => {
  const keys = Object.keys(entries);
  if (keys.length > MOST_ENTRIES) {
    context.addIssue({ code: 'custom', message: `has ${keys.length} entries: at most ${MOST_ENTRIES} are allowed` });
    return;
  }
  for (const key of keys) {
    const ofKey = faultOf(key, MOST_OF_KEY);
    const ofValue = entries[key] === '' ? null : faultOf(entries[key] ?? '', MOST_OF_VALUE);
    if (ofKey !== null) context.addIssue({ code: 'custom', path: [key], message: `its key ${ofKey}` });
    else if (ofValue !== null) context.addIssue({ code: 'custom', path: [key], message: ofValue });
  }
});

/** Replaced as a whole; null for none. */
const metadata = z
  .preprocess((given, context) => {
    // z.record() silently ignores it.
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be a key' });
    }
    return given;
  }, entries.nullable())
  .meta({
    override: {
      type: ['object', 'null'],
      maxProperties: MOST_ENTRIES,
      propertyNames: { type: 'string', minLength: 1, maxLength: MOST_OF_KEY },
      additionalProperties: { type: 'string', maxLength: MOST_OF_VALUE },
    },
    description: 'Texts by name. It is replaced as a whole; null empties it.',
  });

export const besideFields = {
  external_id: externalId.nullable().optional(),
  description: description.optional(),
  metadata: metadata.optional(),
};

/** Reads these fields of a body. */
export function toBeside(body: z.output<z.ZodObject<typeof besideFields>>): BesideChanges {
  return { externalId: body.external_id, description: body.description, metadata: body.metadata };
}
