import { z } from 'zod';

/**
 * Words in one parameter, separated by commas. Each counts once; null when the parameter is not given.
 * @param noun the plural of what is listed, for messages
 * @param pattern of one word, for JSON Schema
 */
export function listed<Word extends string>(
  word: z.ZodType<Word, string>,
  most: number,
  noun: string,
  pattern: string,
) {
  return z
    .string()
    .optional()
    .transform((text, context): Word[] | null => {
      if (text === undefined) return null;
      const words = text.split(',');
      if (words.length > most) {
        context.addIssue({
          code: 'custom',
          message: `has ${words.length} ${noun}: at most ${most} can be asked for at once`,
        });
        return z.NEVER;
      }
      const found = new Set<Word>();
      for (const each of words) {
        const parsed = word.safeParse(each);
        if (parsed.success) found.add(parsed.data);
        else {
          const shown =
            each === '' ? 'has an empty place' : `has '${each.slice(0, 60)}', which ${wordsOf(parsed.error)}`;
          context.addIssue({ code: 'custom', message: `${shown}: separate ${noun} by commas` });
          return z.NEVER;
        }
      }
      return [...found];
    })
    .meta({
      override: { type: 'string', pattern: `^(${pattern})(,(${pattern})){0,${most - 1}}$` },
      description: `Up to ${most} ${noun}, separated by commas.`,
    });
}

const wordsOf = ({ issues: [issue] }: z.ZodError): string =>
  issue?.code === 'invalid_value' ? `is none of ${issue.values.join(', ')}` : (issue?.message ?? 'is not understood');
