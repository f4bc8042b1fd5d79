import { z } from 'zod';

/** Base64url of JSON. A place may be a title of 200 characters. */
const FORM = /^[\w-]{1,2000}$/;
export const NOT_A_CURSOR = 'is not a cursor of this list: use next_cursor as it was given, or leave it out';

/**
 * Keyset cursors: a place in an order, opaque to clients. Each names its list, so that a cursor of another list is
 * refused.
 */
export interface Cursor<Place> {
  /** Schema of the query parameter `cursor`; null when it is not given. */
  schema: z.ZodPipe<z.ZodOptional<z.ZodString>, z.ZodTransform<Place | null, string | undefined>>;
  encode(place: Place): string;
}

export function cursorOf<Place>(list: string, place: z.ZodType<Place>): Cursor<Place> {
  const shape = z.tuple([z.literal(list), place]);
  const schema = z
    .string()
    .optional()
    .transform((text, context): Place | null => {
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
    // Parsing drops every field of the row but the place.
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
