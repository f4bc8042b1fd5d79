import { ringThrough } from '../ringing.ts';
import type { Scenario } from '../scenario.ts';

/** PostgreSQL tells of the death, whatever the lease. */
const TOLD_MS = 150;

/** kill -9 of the leader under a bell every 20 ms: what fell into the gap is rung by the successor. */
export const crash: Scenario = {
  name: 'crash',
  targets: [
    { name: 'latest bell', unit: 'ms', atMost: TOLD_MS },
    { name: 'another leads', unit: 'ms', atMost: TOLD_MS },
    { name: 'not exactly once', unit: '', atMost: 0 },
  ],
  async run(bench) {
    const rung = await ringThrough(bench, (leader) => leader.kill9());
    return { 'latest bell': rung.maxLatenessMs, 'another leads': rung.successorMs, 'not exactly once': rung.notOnce };
  },
};
