import { setTimeout as sleep } from 'node:timers/promises';
import { type Comparison, sized } from '../comparison/comparison.ts';
import { LATENESS, latenessOf } from '../comparison/lateness.ts';
import { race } from '../comparison/start-race.ts';
import { floor } from '../floor.ts';
import { paced } from '../pace.ts';
import { readLateness, recorded } from '../record.ts';
import type { Scenario } from '../scenario.ts';

const STAGES = 200;
const EVERY_MS = 25;
const AHEAD_MS = 100;

/**
 * Stages created by HTTP through a follower a moment before they start: the edit has to travel from
 * there to the leader and be armed in time.
 */
export const soon: Scenario = {
  name: 'soon',
  targets: [
    { name: 'lateness p99', unit: 'ms', atMost: 15 },
    { name: 'early', unit: '', atMost: 0 },
    { name: 'lateness p50', unit: 'ms', atMost: null },
    { name: 'lateness max', unit: 'ms', atMost: null },
    { name: 'slowest POST', unit: 'ms', atMost: null },
    { name: 'floor p50', unit: 'ms', atMost: null },
    { name: 'floor p99', unit: 'ms', atMost: null },
  ],
  async run(bench) {
    const bare = await floor(bench, STAGES, EVERY_MS);
    return bench.deploy({}, async (cluster) => {
      const [follower] = await cluster.followers();
      const { id } = await post<{ id: string }>(`${follower?.url}/v1/assignments`, { title: 'soon' });
      await sleep(1000);
      const tookMs = await paced(STAGES, EVERY_MS, async (i) => {
        const fromMs = performance.now();
        const start = new Date(Date.now() + AHEAD_MS).toISOString();
        await post(`${follower?.url}/v1/assignments/${id}/stages`, { name: `soon ${i}`, start_date: start });
        return performance.now() - fromMs;
      });
      await recorded(cluster, STAGES, 10_000);
      const { p50, p99, max, early } = await readLateness(cluster, STAGES);
      return {
        'lateness p99': p99,
        early,
        'lateness p50': p50,
        'lateness max': max,
        'slowest POST': Math.max(...tookMs),
        'floor p50': bare.p50,
        'floor p99': bare.p99,
      };
    });
  },
};

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Of Stagebell by HTTP through a follower, so that the edit has to travel; of the others in their own process. */
export const soonCompared: Comparison = {
  name: 'soon',
  title: '200 stages, each created 100 ms before it is due: lateness',
  figures: LATENESS,
  run: (bench, entry, size) =>
    race(bench, entry, async (field) => {
      const count = sized(STAGES, size);
      await sleep(1000);
      await paced(count, EVERY_MS, () => field.add([Date.now() + AHEAD_MS]));
      return latenessOf(field.url, count, Date.now() + AHEAD_MS);
    }),
};
