import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../bench.ts';
import { countRedisCommands, resetRedis } from '../../redis-commands.ts';
import { type Comparison, sized } from '../comparison.ts';
import { startRace } from '../start-race.ts';

const STAGES = 100_000;
const IDLE_MS = 60_000;
/** What the filling set going (resyncs, autovacuum) is over by then. */
const SETTLE_MS = 5000;

/** A minute in which nothing is due; Stagebell with all its three instances. */
export const idle: Comparison = {
  name: 'idle',
  title: 'a minute in which nothing is due, with 100,000 future stages: what is asked of the servers',
  figures: [
    { name: 'statements', unit: '/min' },
    { name: 'Redis commands', unit: '/min' },
  ],
  isSteady: true,
  async run(bench, entry, size) {
    const field = await startRace(bench, entry, true);
    try {
      await field.fill({ count: sized(STAGES, size), fromMs: Date.now() + 86_400_000, everyMs: 500 });
      await sleep(SETTLE_MS);
      const { url } = await bench.server(true);
      // From another database of that server, so that our own statements are not among those counted.
      return await withClient(url, async (client) => {
        await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
        for (const redis of field.redisUrls) await resetRedis(redis);
        await client.query('SELECT pg_stat_statements_reset()');
        await sleep(IDLE_MS);
        const { rows } = await client.query(
          `SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements
           JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1`,
          [new URL(field.url).pathname.slice(1)],
        );
        let commands = 0;
        for (const redis of field.redisUrls)
          commands += (await countRedisCommands(redis)).reduce((sum, { times }) => sum + times, 0);
        return { figures: { statements: rows[0].calls, 'Redis commands': commands } };
      });
    } finally {
      await field.stop();
    }
  },
};
