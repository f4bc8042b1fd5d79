import type { Cluster } from '../support/cluster.ts';
import { withClient } from '../support/postgres.ts';
import type { Bench } from './bench.ts';
import { measureStagebellTables } from './comparison/tables.ts';
import { literal, paced, until } from './pace.ts';
import { awaitRecord, type Lateness, measureLateness } from './record.ts';

const EDITED = 500;
/** Edits that are not counted: each process opens its connections and compiles. */
const WARM_MS = 2000;
const DAY_MS = 86_400_000;

export interface Storm {
  /** Of the bells that rang meanwhile, milliseconds. */
  late: Lateness;
  /** How long an edit took its client, milliseconds. */
  patch: { p50: number; p99: number; max: number };
  /** Less than was asked for where the service, or this client, does not keep up. */
  answeredPerSecond: number;
}

/**
 * Edits of a date, one every `everyMs`, each to another instant of the coming month, to the leader and
 * a follower by turns, while one stage rings every 20 ms and a hundred more at each full second.
 */
export async function storm(bench: Bench, lengthMs: number, everyMs: number): Promise<Storm> {
  const database = await bench.migrated();
  await withClient(database.url, measureStagebellTables);
  try {
    return await bench.deploy({ databaseUrl: database.url }, async (cluster) => {
      await cluster.stage('edited', `now() + interval '30 days'`, 'NULL', EDITED);
      const ids = await cluster.sql<{ id: string }>('SELECT id FROM stage');
      const urls = [(await cluster.leader()).process.url, (await cluster.followers())[0]?.url];
      const fromMs = Date.now() + 1000 + WARM_MS;
      const bells = await plan(cluster, fromMs, lengthMs);
      const one = async (i: number): Promise<number> => {
        const startedMs = performance.now();
        await edit(`${urls[i % 2]}/v1/stages/${ids[i % ids.length]?.id}`);
        return performance.now() - startedMs;
      };
      await paced(WARM_MS / everyMs, everyMs, one);
      await until(fromMs);
      const took = await paced(lengthMs / everyMs, everyMs, one);
      const answeredPerSecond = (took.length / (Date.now() - fromMs)) * 1000;
      if ((await awaitRecord(database.url, bells, Date.now() + 10_000)) === null) throw new Error('not all bells rang');
      took.sort((a, b) => a - b);
      const at = (q: number): number => took[Math.floor(q * (took.length - 1))] ?? Number.NaN;
      const patch = { p50: at(0.5), p99: at(0.99), max: at(1) };
      return { late: await measureLateness(database.url), patch, answeredPerSecond };
    });
  } finally {
    await database.drop();
  }
}

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
