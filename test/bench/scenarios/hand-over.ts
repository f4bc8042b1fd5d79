import { ringThrough } from '../ringing.ts';
import type { Scenario } from '../scenario.ts';

/** SIGTERM of the leader under a bell every 20 ms: a release of a new version must not be heard. */
export const handOver: Scenario = {
  name: 'hand-over',
  targets: [
    { name: 'latest bell', unit: 'ms', atMost: 300 },
    { name: 'another leads', unit: 'ms', atMost: 300 },
    { name: 'not exactly once', unit: '', atMost: 0 },
  ],
  async run(bench) {
    // Not waited for: the successor leads long before the process has drained and ended.
    const rung = await ringThrough(bench, async (leader) => void leader.stop('SIGTERM'));
    return { 'latest bell': rung.maxLatenessMs, 'another leads': rung.successorMs, 'not exactly once': rung.notOnce };
  },
};
