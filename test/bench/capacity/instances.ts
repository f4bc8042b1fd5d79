import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LEASE_MS, withClient } from '../bench.ts';
import { sized } from '../comparison/comparison.ts';
import { countRedisCommands, resetRedis } from '../redis-commands.ts';
import { count, ms, type Series } from './series.ts';

const IDLE_MS = 60_000;
const SETTLE_MS = 3000;

/** Instances that stand by: what they ask of the servers in a minute in which nothing is due, and how soon one of them leads. */
export const instances: Series = {
  name: 'instances',
  title: 'Instances: what they ask of the servers in an idle minute, at a lease of 5 s, and a hand-over among them',
  columns: [
    'instances',
    'statements a minute',
    'Redis commands a minute',
    'connections',
    'without a leader at SIGTERM',
  ],
  async *lines(bench, size) {
    for (const instances of [1, 3, 10, 20]) {
      const idleMs = sized(IDLE_MS, size);
      const perMinute = (calls: number): string => count((calls * 60_000) / idleMs);
      yield await bench.deploy(
        { instances: 1, leaseMs: DEFAULT_LEASE_MS, isCounted: true },
        async (cluster, databaseUrl) => {
          // One after the other: together they would be busy for long with loading their code.
          for (let i = 2; i <= instances; i++) await cluster.startInstance(`i${i}`);
          await sleep(SETTLE_MS);
          const database = new URL(databaseUrl).pathname.slice(1);
          const { url } = await bench.server(true);
          const [redis] = cluster.redis.map((server) => server.url);
          const idle = await withClient(url, async (client) => {
            await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
            if (redis !== undefined) await resetRedis(redis);
            await client.query('SELECT pg_stat_statements_reset()');
            await sleep(idleMs);
            const { rows } = await client.query(
              `SELECT (SELECT coalesce(sum(calls), 0)::float8 FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1) AS statements,
               (SELECT count(*)::float8 FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'stagebell%') AS connections`,
              [database],
            );
            const commands = redis === undefined ? [] : await countRedisCommands(redis);
            return { ...rows[0], commands: commands.reduce((sum, { times }) => sum + times, 0) };
          });
          const without = instances === 1 ? '-' : ms(await handOver());
          return [
            count(instances),
            perMinute(idle.statements),
            perMinute(idle.commands),
            count(idle.connections),
            without,
          ];

          async function handOver(): Promise<number> {
            const leader = await cluster.leader();
            const askedMs = Date.now();
            void leader.process.stop('SIGTERM');
            const successor = await cluster.successor(leader.epoch);
            const gained = await successor.process.waitForLog('leadership_gained');
            return Date.parse(String(gained['time'])) - askedMs;
          }
        },
      );
    }
  },
};
