import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../support/cluster.ts';
import type { StagebellProcess } from '../../support/processes.ts';
import { LEASE_MS } from '../bench.ts';
import { until } from '../pace.ts';
import { countNotOnce, readLateness, recorded } from '../record.ts';
import { insertBells } from '../ringing.ts';
import type { Scenario } from '../scenario.ts';

const EVERY_MS = 100;
const PAUSE_MS = 3 * LEASE_MS;
/** Past the take-over and well before the old leader wakes. */
const INSIDE_MS = 2 * LEASE_MS;
const BEFORE_MS = 1000;
const AFTER_MS = 2000;

/**
 * SIGSTOP of the leader for three leases, a bell every 100 ms all the while: when it wakes, its timers
 * are overdue and fire before anybody can tell it that it was deposed.
 */
export const pause: Scenario = {
  name: 'pause',
  targets: [
    { name: 'bell inside not rung by the successor', unit: '', atMost: 0 },
    { name: 'not exactly once', unit: '', atMost: 0 },
    { name: 'moved by the old term afterwards', unit: '', atMost: 0 },
    { name: 'old leader follows', unit: 'ms', atMost: AFTER_MS },
    { name: 'latest bell', unit: 'ms', atMost: LEASE_MS + 1000 },
  ],
  run: (bench) =>
    bench.deploy({}, async (cluster) => {
      const old = await cluster.leader();
      const fromMs = Date.now() + 1000;
      const bells = (BEFORE_MS + PAUSE_MS + AFTER_MS) / EVERY_MS;
      await insertBells(cluster, fromMs, bells, EVERY_MS);
      await until(fromMs + BEFORE_MS);
      old.process.pause();
      await until(fromMs + BEFORE_MS + PAUSE_MS);
      old.process.resume();
      const followsMs = await follows(cluster, old.process);
      await until(fromMs + bells * EVERY_MS);
      await recorded(cluster, bells, 15_000);
      const { max } = await readLateness(cluster, bells);
      const [found] = await cluster.sql<{ inside: number; stale: number }>(
        `SELECT count(*) FILTER (WHERE due_at = to_timestamp($2::float8 / 1000) AND term > $1)::int AS inside,
           count(*) FILTER (WHERE term = $1 AND occurred_at > (SELECT min(started_at) FROM term WHERE epoch > $1))::int AS stale
         FROM transition`,
        [old.epoch, fromMs + BEFORE_MS + INSIDE_MS],
      );
      return {
        'bell inside not rung by the successor': 1 - (found?.inside ?? 0),
        'not exactly once': await countNotOnce(cluster, 1),
        'moved by the old term afterwards': found?.stale ?? Number.NaN,
        'old leader follows': followsMs,
        'latest bell': max,
      };
    }),
};

/** How long it takes until the instance itself says so. */
async function follows(cluster: Cluster, instance: StagebellProcess): Promise<number> {
  const fromMs = Date.now();
  while (Date.now() < fromMs + 10_000) {
    const { role } = await cluster.get<{ role: string }>(instance, '/v1/scheduler');
    if (role === 'follower') return Date.now() - fromMs;
    await sleep(10);
  }
  throw new Error('the old leader does not follow');
}
