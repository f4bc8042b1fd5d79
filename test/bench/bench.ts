import pg from 'pg';
import { Cluster } from '../support/cluster.ts';
import { createDatabase } from '../support/postgres.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { runCommand } from '../support/processes.ts';

/** The lease of every deployment that is measured. */
export const LEASE_MS = 2000;

const ENV = { NODE_ENV: 'production', LOG_LEVEL: 'info', AUTH: 'none' };

/** Counting costs a little on each statement, so that server is one of its own. */
const COUNTING = { shared_preload_libraries: 'pg_stat_statements' };

export interface DeployOptions {
  /** Three by default: one leads, two follow. */
  instances?: number;
  /** On the server that counts statements. */
  isCounted?: boolean;
  /** A database that `prepared` made; a fresh one by default. */
  databaseUrl?: string;
}

/**
 * The machinery under every scenario: real PostgreSQL that waits for its disk, real Redis, real
 * processes. A deployment is made for one run and gone after it, so that no run pays for another.
 */
export class Bench {
  readonly redis: number;
  readonly say: (text: string) => void;
  readonly #servers = new Map<boolean, Promise<PostgresServer>>();
  readonly #prepared = new Map<string, Promise<string>>();

  /** @param redis how many Redis servers hold the lock */
  constructor(redis: number, say: (text: string) => void) {
    this.redis = redis;
    this.say = say;
  }

  server(isCounted = false): Promise<PostgresServer> {
    const existing = this.#servers.get(isCounted);
    if (existing !== undefined) return existing;
    const starting = PostgresServer.start({ durable: true, settings: isCounted ? COUNTING : {} });
    this.#servers.set(isCounted, starting);
    return starting;
  }

  /** @param work is handed the deployment and the URL of its database */
  async deploy<T>(options: DeployOptions, work: (cluster: Cluster, url: string) => Promise<T>): Promise<T> {
    const { instances = 3, isCounted = false, databaseUrl } = options;
    const fresh = databaseUrl === undefined ? await this.#migrated(isCounted) : null;
    try {
      const postgresUrl = databaseUrl ?? (fresh?.url as string);
      const cluster = await Cluster.start({ postgresUrl, instances, redis: this.redis, leaseMs: LEASE_MS, env: ENV });
      try {
        return await work(cluster, postgresUrl);
      } finally {
        await cluster.stop();
      }
    } finally {
      // Its dirty pages would be written out during the next run.
      await fresh?.drop();
    }
  }

  /** A migrated database that `fill` has filled once; for scenarios that move nothing in it. */
  prepared(name: string, fill: (client: pg.Client) => Promise<unknown>): Promise<string> {
    const existing = this.#prepared.get(name);
    if (existing !== undefined) return existing;
    const preparing = (async () => {
      const { url } = await this.#migrated(false);
      await withClient(url, fill);
      return url;
    })();
    this.#prepared.set(name, preparing);
    return preparing;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.values()) await (await server).remove();
  }

  /** Migrated beforehand, as a release does: it is no part of a start. */
  async #migrated(isCounted: boolean): Promise<{ url: string; drop(): Promise<void> }> {
    const server = await this.server(isCounted);
    const database = await createDatabase({ cluster: server.url });
    const { code, stdout, stderr } = await runCommand(['migrate'], { ...ENV, DATABASE_URL: database.url });
    if (code !== 0) throw new Error(`stagebell migrate ended with ${code}: ${stdout}${stderr}`);
    return database;
  }
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
