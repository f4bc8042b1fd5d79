import type pg from 'pg';
import { Cluster } from '../support/cluster.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { runProcess } from '../support/processes.ts';

/** The lease of a deployment, where no scenario asks for another. */
export const LEASE_MS = 2000;
/** The service's own default. */
export const DEFAULT_LEASE_MS = 5000;

const ENV = { NODE_ENV: 'production', LOG_LEVEL: 'info', AUTH: 'none' };

/** Counting costs a little on each statement, so that server is one of its own. */
const COUNTING = { shared_preload_libraries: 'pg_stat_statements' };

export interface DeployOptions {
  /** Three by default: one leads, two follow. */
  instances?: number;
  /** On the server that counts statements. */
  isCounted?: boolean;
  /** A database that `prepared` or `database` made; a fresh one by default. */
  databaseUrl?: string;
  leaseMs?: number;
  /** Besides what all have. */
  env?: Record<string, string>;
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
    const { instances, isCounted = false, databaseUrl, leaseMs, env } = options;
    const fresh = databaseUrl === undefined ? await this.migrated(isCounted) : null;
    try {
      const postgresUrl = databaseUrl ?? (fresh?.url as string);
      const cluster = await this.cluster({ instances, databaseUrl: postgresUrl, leaseMs, env });
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

  /** Instances on this migrated database, to be stopped by whoever asked. */
  cluster(options: {
    databaseUrl: string;
    instances?: number | undefined;
    leaseMs?: number | undefined;
    env?: Record<string, string> | undefined;
  }): Promise<Cluster> {
    const { databaseUrl, instances = 3, leaseMs = LEASE_MS, env = {} } = options;
    return Cluster.start({ postgresUrl: databaseUrl, instances, redis: this.redis, leaseMs, env: { ...ENV, ...env } });
  }

  /** A migrated database that `fill` has filled once; for scenarios that move nothing in it. */
  prepared(name: string, fill: (client: pg.Client) => Promise<unknown>): Promise<string> {
    const existing = this.#prepared.get(name);
    if (existing !== undefined) return existing;
    const preparing = (async () => {
      const { url } = await this.migrated(false);
      await withClient(url, fill);
      return url;
    })();
    this.#prepared.set(name, preparing);
    return preparing;
  }

  /** An empty database, for those who bring tables of their own. */
  async database(isCounted = false): Promise<TestDatabase> {
    return createDatabase({ cluster: (await this.server(isCounted)).url });
  }

  /** Migrated beforehand, as a release does: it is no part of a start. */
  async migrated(isCounted = false): Promise<TestDatabase> {
    const database = await this.database(isCounted);
    const { code, stdout, stderr } = await runProcess(['migrate'], { ...ENV, DATABASE_URL: database.url });
    if (code !== 0) throw new Error(`stagebell migrate ended with ${code}: ${stdout}${stderr}`);
    return database;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.values()) await (await server).remove();
  }
}
