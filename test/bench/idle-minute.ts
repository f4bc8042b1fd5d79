import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../support/postgres.ts';
import type { Bench } from './bench.ts';
import { countRedisCommands, resetRedis } from './redis-commands.ts';

interface Query {
  query: string;
  calls: number;
  /** One of them, on average. */
  ms: number;
}

/** By statement, and by command of each Redis server. */
export interface Asked {
  queries: Query[];
  commands: { command: string; times: number }[];
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** How many statements and commands in all. */
export const totals = ({ queries, commands }: Asked): { statements: number; commands: number } => ({
  statements: sum(queries.map(({ calls }) => calls)),
  commands: sum(commands.map(({ times }) => times)),
});

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
    const { rows } = await client.query<Query>(QUERIES, [new URL(databaseUrl).pathname.slice(1)]);
    const commands = await Promise.all(redisUrls.map(countRedisCommands));
    return { queries: rows, commands: commands.flat() };
  });
}

const QUERIES = `SELECT query, calls::float8 AS calls, mean_exec_time AS ms
  FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1`;
