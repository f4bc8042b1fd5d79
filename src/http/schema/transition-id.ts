import { z } from 'zod';

const FORM = /^\d{1,19}$/;
const HIGHEST = 2n ** 63n - 1n;

/** The id of a transition, with its leading zeros or without; null when it is not given. */
export const transitionId = z
  .string()
  .optional()
  .transform((text, context): string | null => {
    if (text === undefined) return null;
    if (FORM.test(text) && BigInt(text) <= HIGHEST) return String(BigInt(text));
    context.addIssue({
      code: 'custom',
      message: 'must be the id of a transition, such as 0000000000000000042, or 0 for the beginning',
    });
    return z.NEVER;
  })
  .meta({
    override: { type: 'string', pattern: FORM.source },
    description:
      'Read what comes behind this transition: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807.',
  });
