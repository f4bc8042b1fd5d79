import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Bench, withClient } from './bench.ts';
import { countRedisCommands, resetRedis } from './redis-commands.ts';

export interface Asked {
  statements: number;
  commands: number;
}

/**
 * What is asked of a database and of Redis servers while nothing is due, for so long. The database is one
 * of the server that counts, and we ask from another one, so that our own statements are not among them.
 */
export async function countAsked(
  bench: Bench,
  databaseUrl: string,
  redisUrls: readonly string[],
  idleMs: number,
): Promise<Asked> {
  const { url } = await bench.server(true);
  return withClient(url, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    for (const redis of redisUrls) await resetRedis(redis);
    await client.query('SELECT pg_stat_statements_reset()');
    await sleep(idleMs);
    const statements = await countStatements(client, new URL(databaseUrl).pathname.slice(1));
    let commands = 0;
    for (const redis of redisUrls)
      commands += (await countRedisCommands(redis)).reduce((sum, { times }) => sum + times, 0);
    return { statements, commands };
  });
}

async function countStatements(client: pg.Client, database: string): Promise<number> {
  const { rows } = await client.query(
    `SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements
     JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1`,
    [database],
  );
  return rows[0].calls;
}
