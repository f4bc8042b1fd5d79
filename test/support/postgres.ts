import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type PostgresOptions, PostgresServer } from './postgres-server.ts';

/** The run's cluster, started by test/run.ts and named in this variable. */
export const POSTGRES_VARIABLE = 'TEST_POSTGRES_URL';

let shared: Promise<string> | null = null;

/** The URL of the run's cluster; where a file is run by plain mocha, a cluster for its length. */
export function clusterUrl(): Promise<string> {
  const given = process.env[POSTGRES_VARIABLE];
  shared ??= given === undefined ? PostgresServer.start().then((server) => server.url) : Promise.resolve(given);
  return shared;
}

/** A server of the test's own, to be stopped and started as it likes. */
export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return PostgresServer.start(options);
}

export interface TestDatabase {
  name: string;
  url: string;
  /** Ends whatever is still connected, and drops it. */
  drop(): Promise<void>;
}

/** A fresh, empty database in the run's cluster (or at `cluster`). @param template one to copy */
export async function createDatabase(options: { cluster?: string; template?: string } = {}): Promise<TestDatabase> {
  const cluster = options.cluster ?? (await clusterUrl());
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runAt(
    cluster,
    `CREATE DATABASE ${name}${options.template === undefined ? '' : ` TEMPLATE ${options.template}`}`,
  );
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: async () => void (await runAt(cluster, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** A connection for the length of `work`. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One statement on a connection for its length. @returns the rows */
export function runAt<Row>(url: string, sql: string): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query(sql)).rows as Row[]);
}
