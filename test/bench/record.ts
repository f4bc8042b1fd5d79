import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../support/cluster.ts';
import { withClient } from '../support/postgres.ts';

const POLL_EVERY_MS = 5;
/** From 0 to 1: enough for a curve, and each percentile that is asked for is among them. */
export const QUANTILES: readonly number[] = Array.from({ length: 201 }, (_, i) => i / 200);

export interface Lateness {
  count: number;
  early: number;
  p50: number;
  p99: number;
  max: number;
}

/**
 * A client of its own waits until `count` transitions are visible, which is after their transaction has committed. It
 * polls the highest id, one probe of an index, and counts only when that says that all may be there.
 * @returns the wall time at which it saw them all; null when they were not after `untilMs`
 */
export function awaitRecord(url: string, count: number, untilMs: number): Promise<number | null> {
  return withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query('SELECT max(id)::float8 AS id FROM transition');
      const seenMs = Date.now();
      if ((rows[0].id ?? 0) >= count) {
        const all = await client.query('SELECT count(*)::float8 AS count FROM transition');
        if (all.rows[0].count >= count) return seenMs;
      }
      if (seenMs > untilMs) return null;
      await sleep(POLL_EVERY_MS);
    }
  });
}

/** The same. @throws when they are not all there after `timeoutMs` */
export async function recorded({ url }: { url: string }, count: number, timeoutMs: number): Promise<number> {
  const seenMs = await awaitRecord(url, count, Date.now() + timeoutMs);
  if (seenMs === null) throw new Error(`not all of ${count} transitions were seen within ${timeoutMs} ms`);
  return seenMs;
}

/** By the database's clock: when each history row was written, less when its stage was due. */
export function measureLateness(url: string): Promise<Lateness & { quantiles: number[] }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count, count(*) FILTER (WHERE ms < 0)::int AS early,
         percentile_disc($1::float8[]) WITHIN GROUP (ORDER BY ms)::float8[] AS quantiles
       FROM (SELECT extract(epoch FROM measured_at - due_at)::float8 * 1000 AS ms FROM transition WHERE due_at IS NOT NULL) AS late`,
      [QUANTILES],
    );
    const { count, early } = rows[0];
    const quantiles: number[] = rows[0].quantiles ?? [];
    const at = (q: number): number => quantiles[Math.round(q * (QUANTILES.length - 1))] ?? Number.NaN;
    return { count, early, quantiles, p50: at(0.5), p99: at(0.99), max: at(1) };
  });
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
