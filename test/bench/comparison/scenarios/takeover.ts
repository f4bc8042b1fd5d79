import { ringThrough } from '../../ringing.ts';
import type { Comparison, Figure } from '../comparison.ts';

/** PostgreSQL tells of a death, so the lease should make no difference. */
const LEASES_S = [1, 5, 30];

/** A bell every 20 ms, and in the middle of them the leader is killed, or asked to end. */
export const takeover: Comparison = {
  name: 'takeover',
  title: 'kill -9 and SIGTERM of the leader under a bell every 20 ms: time without a leader, and the latest bell',
  figures: [
    ...LEASES_S.flatMap((seconds): Figure[] => [
      { name: `kill ${seconds} s`, unit: 'ms' },
      { name: `kill ${seconds} s late`, unit: 'ms' },
    ]),
    { name: 'SIGTERM', unit: 'ms' },
    { name: 'SIGTERM late', unit: 'ms' },
  ],
  only: ['stagebell'],
  async run(bench) {
    const figures: Record<string, number> = {};
    for (const seconds of LEASES_S) {
      const killed = await ringThrough(bench, (leader) => leader.kill9(), seconds * 1000);
      figures[`kill ${seconds} s`] = killed.successorMs;
      figures[`kill ${seconds} s late`] = killed.maxLatenessMs;
      // Not waited for: the successor leads long before the process has drained and ended.
      const ended = await ringThrough(bench, async (leader) => void leader.stop('SIGTERM'), seconds * 1000);
      figures['SIGTERM'] = Math.max(figures['SIGTERM'] ?? 0, ended.successorMs);
      figures['SIGTERM late'] = Math.max(figures['SIGTERM late'] ?? 0, ended.maxLatenessMs);
    }
    return { figures };
  },
};
