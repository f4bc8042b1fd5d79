import type { Reader } from './stages.ts';

const FIRST = `SELECT number::text AS number, at < to_timestamp(?::float8 / 1000) AS "isBefore" FROM (
    (SELECT id AS number, occurred_at AS at FROM transition WHERE id >= ?::bigint ORDER BY id LIMIT 1)
    UNION ALL (SELECT number, first.changed_at FROM change_commit AS c,
      LATERAL (SELECT changed_at FROM change WHERE change.statement = c.statement ORDER BY n LIMIT 1) AS first
      WHERE number >= ?::bigint ORDER BY number LIMIT 1)
  ) AS event ORDER BY event.number LIMIT 1`;

/**
 * The last number whose events were stamped before an instant, `begin` if there is none. By a binary search, since
 * stamps grow with the numbers; a clock that was wrong for a while can shift it by as much.
 * @param begin, end numbers in decimal digits
 */
export async function lastNumberBefore(em: Reader, ms: number, begin: string, end: string): Promise<string> {
  let [before, after] = [BigInt(begin), BigInt(end) + 1n];
  while (after - before > 1n) {
    const middle = (before + after) / 2n;
    const [event] = await em.execute<{ isBefore: boolean }[]>(FIRST, [ms, String(middle), String(middle)]);
    if (event?.isBefore === true) before = middle;
    else after = middle;
  }
  return String(before);
}
