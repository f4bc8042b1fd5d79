import { z } from 'zod';

/** What paths and queries have in common. */

const MOST_ITEMS = 500;
const DEFAULT_ITEMS = 50;

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be an id, such as those in answers')
  .toLowerCase()
  // JSON Schema knows no flags.
  .meta({ override: { format: 'uuid', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' } });

export const byId = z.object({ id: uuid.meta({ description: 'As in answers.' }) });

const LIMIT = {
  override: { type: 'integer', minimum: 1, maximum: MOST_ITEMS, default: DEFAULT_ITEMS },
  description: 'The most items that a page has.',
} as const;

/** undefined when not given. */
export const limitIfGiven = z
  .string()
  .optional()
  .transform((text, context): number | undefined => {
    if (text === undefined) return undefined;
    const n = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (n >= 1 && n <= MOST_ITEMS) return n;
    context.addIssue({ code: 'custom', message: `must be a whole number from 1 to ${MOST_ITEMS}` });
    return z.NEVER;
  })
  .meta(LIMIT);

export const limit = limitIfGiven.transform((given) => given ?? DEFAULT_ITEMS).meta(LIMIT);

/** A client that asks for many ids wants them all on one page. */
export const limitOf = ({ limit, ids }: { limit: number | undefined; ids: readonly string[] | null }): number =>
  limit ?? Math.max(DEFAULT_ITEMS, ids?.length ?? 0);

/** What JSON can write; db/read/stages.ts reads such numbers as infinite. */
const finite = (ms: unknown): unknown =>
  ms === Infinity ? Number.MAX_VALUE : ms === -Infinity ? -Number.MAX_VALUE : ms;

/** Epoch milliseconds inside a cursor. */
export const sortKeyMs = z.preprocess(finite, z.number());
