import type { StagebellProcess } from '../../support/processes.ts';
import type { Comparison, Figure } from '../comparison/comparison.ts';
import { ringThrough } from '../ringing.ts';
import type { Scenario } from '../scenario.ts';

/** PostgreSQL tells of the death, whatever the lease. */
const TOLD_MS = 150;

type Blow = (leader: StagebellProcess) => Promise<unknown>;
const kill: Blow = (leader) => leader.kill9();
/** Not waited for: the successor leads long before the process has drained and ended. */
const ask: Blow = async (leader) => void leader.stop('SIGTERM');

/** kill -9 of the leader under a bell every 20 ms: what fell into the gap is rung by the successor. */
export const crash: Scenario = takeOver('crash', TOLD_MS, kill);
/** SIGTERM of the leader under a bell every 20 ms: a release of a new version must not be heard. */
export const handOver: Scenario = takeOver('hand-over', 300, ask);

function takeOver(name: string, atMost: number, blow: Blow): Scenario {
  return {
    name,
    targets: [
      { name: 'latest bell', unit: 'ms', atMost },
      { name: 'another leads', unit: 'ms', atMost },
      { name: 'not exactly once', unit: '', atMost: 0 },
    ],
    async run(bench) {
      const rung = await ringThrough(bench, blow);
      return { 'latest bell': rung.maxLatenessMs, 'another leads': rung.successorMs, 'not exactly once': rung.notOnce };
    },
  };
}

/** PostgreSQL tells of a death, so the lease should make no difference. */
const LEASES_S = [1, 5, 30];

export const KILLS = LEASES_S.flatMap((seconds) => [
  { name: `kill ${seconds} s`, leaseMs: seconds * 1000, withoutRedis: false },
  { name: `kill ${seconds} s, no Redis`, leaseMs: seconds * 1000, withoutRedis: true },
]);

/** A bell every 20 ms, and in the middle of them the leader is killed, or asked to end. */
export const takeover: Comparison = {
  name: 'takeover',
  title:
    'the latest bell of one every 20 ms, in the middle of which the leader is killed (kill -9, at leases of 1, 5 and 30 s, with and without Redis) or asked to end',
  figures: [...KILLS.map(({ name }): Figure => ({ name, unit: 'ms' })), { name: 'SIGTERM', unit: 'ms' }],
  only: ['stagebell'],
  async run(bench) {
    const figures: Record<string, number> = {};
    for (const { name, ...setting } of KILLS) {
      figures[name] = (await ringThrough(bench, kill, setting)).maxLatenessMs;
    }
    figures['SIGTERM'] = (await ringThrough(bench, ask)).maxLatenessMs;
    return { figures };
  },
};
