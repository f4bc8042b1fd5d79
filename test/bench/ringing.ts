import type { Cluster } from '../support/cluster.ts';
import type { StagebellProcess } from '../support/processes.ts';
import { type Bench, LEASE_MS } from './bench.ts';
import { literal, until } from './pace.ts';
import { countNotOnce, readLateness, recorded } from './record.ts';

const EVERY_MS = 20;
const LEAD_IN_MS = 3000;
/** Bells of the successor's own. What falls into a longer gap is late, and counted when it has rung. */
const TAIL_MS = 3000;

export interface Rung {
  /** From the blow to the log line of the successor. */
  successorMs: number;
  /** The latest bell of all. */
  maxLatenessMs: number;
  notOnce: number;
}

export interface Blow {
  leaseMs?: number;
  /** All Redis servers are stopped before it. */
  withoutRedis?: boolean;
}

/** A bell every 20 ms, and in the middle of them `blow` falls on the leader. */
export function ringThrough(
  bench: Bench,
  blow: (leader: StagebellProcess) => Promise<unknown>,
  { leaseMs = LEASE_MS, withoutRedis = false }: Blow = {},
): Promise<Rung> {
  return bench.deploy({ leaseMs }, async (cluster) => {
    const leader = await cluster.leader();
    if (withoutRedis) await Promise.all(cluster.redis.map((server) => server.stop()));
    const fromMs = Date.now() + 1000;
    const bells = (LEAD_IN_MS + TAIL_MS) / EVERY_MS;
    await insertBells(cluster, fromMs, bells, EVERY_MS);
    await until(fromMs + LEAD_IN_MS);
    const blowMs = Date.now();
    await blow(leader.process);
    const successor = await cluster.successor(leader.epoch);
    const gained = await successor.process.waitForLog('leadership_gained');
    await until(fromMs + bells * EVERY_MS);
    await recorded(cluster, bells, 4 * leaseMs + 15_000);
    const { max } = await readLateness(cluster, bells);
    return {
      successorMs: Date.parse(String(gained['time'])) - blowMs,
      maxLatenessMs: max,
      notOnce: await countNotOnce(cluster, 1),
    };
  });
}

/** Stages that only start, one every `everyMs` from `fromMs` on. */
export async function insertBells(cluster: Cluster, fromMs: number, count: number, everyMs: number): Promise<void> {
  await cluster.stage('bell', `${literal(fromMs)} + (i - 1) * interval '${everyMs} ms'`, 'NULL', count);
}
