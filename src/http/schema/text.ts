import { z } from 'zod';

const MOST_CHARACTERS = 200;

/** A title or a name: what is around it is trimmed; counted in characters, as PostgreSQL counts. */
export const label = z
  .string()
  .transform((text, context): string => {
    const trimmed = text.trim();
    const fault = faultOf(trimmed);
    if (fault === null) return trimmed;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  })
  .meta({ description: `1 to ${MOST_CHARACTERS} characters` });

function faultOf(text: string): string | null {
  if (text === '') return 'must not be empty';
  // At most two UTF-16 units each: a megabyte need not be counted.
  if (text.length > 2 * MOST_CHARACTERS || [...text].length > MOST_CHARACTERS) {
    return `must have at most ${MOST_CHARACTERS} characters`;
  }
  if (text.includes('\0')) return 'must not contain the character U+0000';
  if (!text.isWellFormed()) return 'must not contain half a surrogate pair';
  return null;
}
