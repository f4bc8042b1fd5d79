import { ringThrough } from '../../ringing.ts';
import type { Comparison, Figure } from '../comparison.ts';

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
      figures[name] = (await ringThrough(bench, (leader) => leader.kill9(), setting)).maxLatenessMs;
    }
    // Not waited for: the successor leads long before the process has drained and ended.
    figures['SIGTERM'] = (await ringThrough(bench, async (leader) => void leader.stop('SIGTERM'))).maxLatenessMs;
    return { figures };
  },
};
