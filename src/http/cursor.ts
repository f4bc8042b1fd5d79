import { z } from 'zod';

/** Base64url of JSON. A sort key may be a title of 200 characters. */
const FORM = /^[\w-]{1,2000}$/;
export const NOT_A_CURSOR = 'is not a cursor of this list: use next_cursor as it was given, or leave it out';

/**
 * Keyset cursors: the sort key of the last row of a page, opaque to clients. Each names its list, so that a cursor of
 * another list is refused.
 */
export interface Cursor<SortKey> {
  /** Schema of the query parameter `cursor`; null when it is not given. */
  schema: z.ZodPipe<z.ZodOptional<z.ZodString>, z.ZodTransform<SortKey | null, string | undefined>>;
  encode(sortKey: SortKey): string;
}

export function cursorOf<SortKey>(list: string, sortKey: z.ZodType<SortKey>): Cursor<SortKey> {
  const shape = z.tuple([z.literal(list), sortKey]);
  const schema = z
    .string()
    .optional()
    .transform((text, context): SortKey | null => {
      if (text === undefined) return null;
      const parsed = shape.safeParse(parseJson(text));
      if (parsed.success) return parsed.data[1];
      context.addIssue({ code: 'custom', message: NOT_A_CURSOR });
      return z.NEVER;
    })
    .meta({
      override: { type: 'string', pattern: FORM.source },
      description: 'Where to go on: next_cursor of the page before, as it was given.',
    });
  return {
    schema,
    // Parsing drops every field of the row but its sort key.
    encode: (row) => Buffer.from(JSON.stringify(shape.parse([list, row]))).toString('base64url'),
  };
}

function parseJson(text: string): unknown {
  if (!FORM.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
