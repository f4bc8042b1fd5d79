import type { Cluster } from '../support/cluster.ts';

export interface Lateness {
  count: number;
  early: number;
  p50: number;
  p99: number;
  max: number;
}

// The record cannot show an early move: it is written with the later of the clock and the instant.
// `updated_at` is the bare clock of the same statement, so a stage that moved early shows there.
const LATENESS = `
WITH late AS (
  SELECT extract(epoch FROM t.occurred_at - t.due_at) * 1000 AS ms,
    t.occurred_at < t.due_at OR (s.status = t.to_status AND s.updated_at < t.due_at) AS is_early
  FROM transition t LEFT JOIN stage s ON s.id = t.stage_id WHERE t.due_at IS NOT NULL
)
SELECT count(*)::int AS count, count(*) FILTER (WHERE is_early)::int AS early, max(ms)::float8 AS max,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS p50,
  percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)::float8 AS p99
FROM late`;

/** occurred_at - due_at, milliseconds, of the whole record. @throws when not `expected` rows are on it */
export async function readLateness(cluster: Cluster, expected: number): Promise<Lateness> {
  const [row] = await cluster.sql<Lateness>(LATENESS);
  if (row?.count !== expected) throw new Error(`${row?.count} transitions are on the record instead of ${expected}`);
  return row;
}

/** Resolves when that many transitions are visible. @throws when they are not after `timeoutMs` */
export async function recorded(cluster: Cluster, expected: number, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const [row] = await cluster.sql<{ count: number }>('SELECT count(*)::int AS count FROM transition');
    const count = row?.count ?? 0;
    if (count >= expected) return;
    if (Date.now() > deadlineMs) throw new Error(`${count} of ${expected} transitions after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Stages that do not have exactly one row on the record for each of `boundaries` boundaries. */
export async function countNotOnce(cluster: Cluster, boundaries: number): Promise<number> {
  const [row] = await cluster.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT FROM stage s LEFT JOIN transition t ON t.stage_id = s.id
       GROUP BY s.id HAVING count(t.id) <> $1 OR count(DISTINCT t.to_status) <> $1) AS wrong`,
    [boundaries],
  );
  return row?.count ?? Number.NaN;
}
