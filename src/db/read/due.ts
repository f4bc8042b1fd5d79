import type { Queryable } from '../database.ts';
import { due } from '../outstanding.ts';

/** Boundaries that are due and not crossed, by direction. */
export interface DueCount {
  to: 'active' | 'completed';
  count: number;
  earliestMs: number;
  /** The database's clock. */
  nowMs: number;
}

const DUE = {
  name: 'due',
  text: `SELECT to_status AS to, count(*)::float8 AS count, (extract(epoch FROM min(at)) * 1000)::float8 AS earliest,
    (extract(epoch FROM now()) * 1000)::float8 AS now FROM (
    SELECT 'active' AS to_status, start_date AS at FROM stage WHERE ${due('start_date', 'now()')}
    UNION ALL
    SELECT 'completed', end_date FROM stage WHERE ${due('end_date', 'now()')}) AS due
  GROUP BY to_status ORDER BY to_status`,
};

/** What a sweep would move now. */
export async function readDue(db: Queryable): Promise<DueCount[]> {
  const rows = await db.query<{ to: DueCount['to']; count: number; earliest: number; now: number }>(DUE);
  return rows.map((row) => ({ to: row.to, count: row.count, earliestMs: row.earliest, nowMs: row.now }));
}
