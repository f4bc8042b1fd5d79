import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LEASE_MS } from '../bench.ts';
import { sized } from '../comparison/comparison.ts';
import { countAsked, totals } from '../idle-minute.ts';
import { count, ms, type Series } from './series.ts';

const IDLE_MS = 60_000;
const SETTLE_MS = 3000;

const CONNECTIONS = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'stagebell%'`;

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
          const urls = cluster.redis.map(({ url }) => url);
          const { statements, commands } = totals(await countAsked(bench, databaseUrl, urls, idleMs));
          const [connected] = await cluster.sql<{ count: number }>(CONNECTIONS);
          const without = instances === 1 ? '-' : ms(await handOver());
          return [count(instances), perMinute(statements), perMinute(commands), count(connected?.count ?? 0), without];

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
