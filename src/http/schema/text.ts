import { z } from 'zod';

/**
 * A text of at least one character, with blanks at its ends trimmed. Characters are counted as PostgreSQL counts them.
 */
const textUpTo = (most: number) =>
  z
    .string()
    .transform((text, context): string => {
      const trimmed = text.trim();
      const fault = faultOf(trimmed, most);
      if (fault === null) return trimmed;
      context.addIssue({ code: 'custom', message: fault });
      return z.NEVER;
    })
    .meta({
      override: { type: 'string', minLength: 1, maxLength: most, pattern: '\\S' },
      description: `1 to ${most} characters, after blanks at both ends are trimmed, and no U+0000.`,
    });

/** A title or a name. */
export const label = textUpTo(200);

/** Why something is edited, as the caller says it. */
export const reason = textUpTo(500).meta({ description: 'Why, for the record: 1 to 500 characters.' });

export function faultOf(text: string, most: number): string | null {
  if (text === '') return 'must not be empty';
  // A character has at most two UTF-16 units, so a very long text need not be counted.
  if (text.length > 2 * most || [...text].length > most) return `must have at most ${most} characters`;
  if (text.includes('\0')) return 'must not contain the character U+0000';
  if (!text.isWellFormed()) return 'must not contain half a surrogate pair';
  return null;
}
