import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from './bench.ts';

const POLL_EVERY_MS = 5;

/**
 * A client of its own that watches until `count` transitions are visible: a check on `occurred_at`,
 * which is written before its transaction commits. It polls the highest id, which costs one probe of
 * an index, and counts only when that says that all may be there: ids are taken without gaps.
 * @returns the wall time at which it saw them all
 */
export function witness(url: string, count: number, timeoutMs: number): Promise<number> {
  return withClient(url, async (client) => {
    const deadlineMs = Date.now() + timeoutMs;
    for (;;) {
      const { rows } = await client.query('SELECT max(id)::float8 AS id FROM transition');
      const seenMs = Date.now();
      if ((rows[0].id ?? 0) >= count && (await hasAll())) return seenMs;
      if (seenMs > deadlineMs) throw new Error(`not all of ${count} transitions were seen within ${timeoutMs} ms`);
      await sleep(POLL_EVERY_MS);
    }

    async function hasAll(): Promise<boolean> {
      const { rows } = await client.query('SELECT count(*)::float8 AS count FROM transition');
      return rows[0].count >= count;
    }
  });
}
