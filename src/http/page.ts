import type { Followed } from '../db/read/bounded.ts';

/** A page of any list. */
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/**
 * One row more than asked for is read, to learn whether there is a next page. Where rows have long texts, there are
 * fewer: then the last one is followed (db/read/bounded.ts).
 * @param rows at most `limit + 1`
 */
export function pageOf<Row extends object, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  cursor: (last: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next_cursor =
    last !== undefined && (rows.length > limit || (last as Followed<object>).isFollowed === true) ? cursor(last) : null;
  return { items: shown.map(present), next_cursor };
}
