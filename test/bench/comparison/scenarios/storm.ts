import type { Cluster } from '../../../support/cluster.ts';
import { withClient } from '../../bench.ts';
import { literal, paced, until } from '../../pace.ts';
import { type Comparison, sized } from '../comparison.ts';
import { awaitRecord, readLateness } from '../record.ts';
import { measureStagebellTables } from '../tables.ts';

const LENGTH_MS = 10_000;
const EDIT_EVERY_MS = 5;
const EDITED = 500;
const DAY_MS = 86_400_000;

/**
 * 200 edits of a date a second, each to another instant of the coming month, to the leader and a
 * follower by turns, while one stage rings every 20 ms and a hundred more at each full second.
 */
export const storm: Comparison = {
  name: 'storm',
  title: '200 edits a second by HTTP while bells ring: lateness, and how long a PATCH takes',
  figures: [
    { name: 'late p50', unit: 'ms' },
    { name: 'late p99', unit: 'ms' },
    { name: 'late max', unit: 'ms' },
    { name: 'PATCH p50', unit: 'ms' },
    { name: 'PATCH p99', unit: 'ms' },
    { name: 'PATCH max', unit: 'ms' },
  ],
  only: ['stagebell'],
  async run(bench, _entry, size) {
    const database = await bench.migrated();
    await withClient(database.url, measureStagebellTables);
    return bench.deploy({ databaseUrl: database.url }, async (cluster) => {
      const lengthMs = sized(LENGTH_MS, size);
      await cluster.stage('edited', `now() + interval '30 days'`, 'NULL', EDITED);
      const ids = await cluster.sql<{ id: string }>('SELECT id FROM stage');
      const fromMs = Date.now() + 2000;
      const bells = await plan(cluster, fromMs, lengthMs);
      await until(fromMs);
      const urls = [(await cluster.leader()).process.url, (await cluster.followers())[0]?.url];
      const took = await paced(lengthMs / EDIT_EVERY_MS, EDIT_EVERY_MS, async (i) => {
        const startedMs = performance.now();
        await edit(`${urls[i % 2]}/v1/stages/${ids[i % ids.length]?.id}`);
        return performance.now() - startedMs;
      });
      const seenMs = await awaitRecord(database.url, bells, Date.now() + 10_000);
      if (seenMs === null) throw new Error('not all bells rang');
      const late = await readLateness(database.url);
      took.sort((a, b) => a - b);
      const at = (q: number): number => took[Math.floor(q * (took.length - 1))] ?? Number.NaN;
      return {
        figures: {
          'late p50': late.p50,
          'late p99': late.p99,
          'late max': late.max,
          'PATCH p50': at(0.5),
          'PATCH p99': at(0.99),
          'PATCH max': at(1),
        },
      };
    });
  },
};

/** @returns how many will ring */
async function plan(cluster: Cluster, fromMs: number, lengthMs: number): Promise<number> {
  const seconds = Math.max(1, Math.floor(lengthMs / 1000));
  await cluster.stage('single', `${literal(fromMs)} + i * interval '20 ms'`, 'NULL', lengthMs / 20);
  await cluster.stage('hundred', `${literal(fromMs)} + (i % ${seconds}) * interval '1 s'`, 'NULL', seconds * 100);
  return lengthMs / 20 + seconds * 100;
}

async function edit(url: string): Promise<void> {
  const startMs = Date.now() + DAY_MS + Math.floor(Math.random() * 30 * DAY_MS);
  const response = await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ start_date: new Date(startMs).toISOString() }),
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`PATCH answered ${response.status}`);
}
