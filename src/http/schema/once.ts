import type { z } from 'zod';

/**
 * Finds entries of an array that share a text in a field that must be unique. It also runs when entries have other
 * faults, so that all are reported at once.
 * @param list where the array is, for messages
 */
export function onceEach(
  field: string,
  list: string,
): [check: (entries: unknown, context: z.RefinementCtx) => void, options: { when(): boolean }] {
  const check = (entries: unknown, context: z.RefinementCtx): void => {
    if (!Array.isArray(entries)) return;
    const seen = new Map<string, number>();
    for (const [i, entry] of entries.entries()) {
      const text: unknown = (entry as Record<string, unknown> | null)?.[field];
      if (typeof text !== 'string') continue;
      const first = seen.get(text);
      if (first === undefined) seen.set(text, i);
      else context.addIssue({ code: 'custom', path: [i, field], message: `is the same as in ${list}/${first}` });
    }
  };
  return [check, { when: () => true }];
}
