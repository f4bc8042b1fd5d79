import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../bench.ts';

const POLL_EVERY_MS = 10;
/** From 0 to 1: enough for a curve, and each percentile that is asked for is among them. */
export const QUANTILES: readonly number[] = Array.from({ length: 201 }, (_, i) => i / 200);

export interface Lateness {
  count: number;
  early: number;
  quantiles: number[];
  p50: number;
  p99: number;
  max: number;
}

/**
 * A client of its own waits until `count` transitions are visible. It polls the highest id, one probe
 * of an index, and counts only when that says that all may be there.
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

/** By the database's clock: when each history row was written, less when its stage was due. */
export function readLateness(url: string): Promise<Lateness> {
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
