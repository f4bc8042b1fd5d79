import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../support/cluster.ts';
import { type Bench, LEASE_MS, withClient } from '../bench.ts';
import { countRedisCommands, resetRedis } from '../redis-commands.ts';
import type { Figures, Scenario } from '../scenario.ts';

const STAGES = 100_000;
const IDLE_MS = 60_000;
/** What the insert set going (a resync, autovacuum) is over by then. */
const SETTLE_MS = 5000;

/** A minute in which nothing is due: what the deployment asks its servers nevertheless. */
export const idle: Scenario = {
  name: 'idle',
  targets: [
    // One more than fit: the minute may begin just before one.
    { name: 'heartbeats', unit: '', atMost: IDLE_MS / LEASE_MS + 1 },
    { name: 'other statements', unit: '', atMost: 0 },
    { name: 'one heartbeat takes', unit: 'ms', atMost: null },
    { name: 'Redis commands', unit: '', atMost: null },
  ],
  run: (bench) =>
    bench.deploy({ isCounted: true }, async (cluster, databaseUrl) => {
      await cluster.stage('idle', `now() + interval '1 day' + i * interval '29 s'`, 'NULL', STAGES);
      await sleep(SETTLE_MS);
      const { url } = await bench.server(true);
      // From another database of that server, so that our own statements are not among those counted.
      return withClient(url, async (client) => {
        await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
        for (const redis of cluster.redis) await resetRedis(redis.url);
        await client.query('SELECT pg_stat_statements_reset()');
        await sleep(IDLE_MS);
        const { rows } = await client.query<Counted>(COUNTED, [new URL(databaseUrl).pathname.slice(1)]);
        return { ...figures(bench, rows), 'Redis commands': await countRedis(bench, cluster) };
      });
    }),
};

interface Counted {
  query: string;
  calls: number;
  ms: number;
}

const COUNTED = `SELECT query, calls::float8 AS calls, mean_exec_time AS ms
  FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1`;

function figures(bench: Bench, rows: Counted[]): Figures {
  const isHeartbeat = ({ query }: Counted): boolean => /SET heartbeat_at/.test(query);
  const sum = (some: Counted[]): number => some.reduce((total, { calls }) => total + calls, 0);
  const others = rows.filter((row) => !isHeartbeat(row));
  for (const { query, calls } of others) bench.say(`${calls} times: ${query.replaceAll(/\s+/g, ' ').slice(0, 120)}`);
  return {
    heartbeats: sum(rows.filter(isHeartbeat)),
    'other statements': sum(others),
    'one heartbeat takes': rows.find(isHeartbeat)?.ms ?? Number.NaN,
  };
}

/** Of the first server: a quorum asks each of them the same. */
async function countRedis(bench: Bench, cluster: Cluster): Promise<number> {
  const [first] = cluster.redis;
  if (first === undefined) return 0;
  const calls = await countRedisCommands(first.url);
  bench.say(`Redis: ${calls.map(({ command, times }) => `${times} ${command}`).join(', ')}`);
  return calls.reduce((total, { times }) => total + times, 0);
}
