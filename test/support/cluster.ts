import pg from 'pg';
import type { TestDatabase } from './postgres.ts';
import { type StagebellProcess, startServe } from './processes.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { forSuite } from './suite.ts';
import { createMigrated } from './template.ts';
import { eventually } from './wait.ts';

export interface ClusterOptions {
  instances?: number;
  /** How many Redis servers; 0 = solo leadership. */
  redis?: number;
  leaseMs?: number;
  env?: Record<string, string>;
  /** An existing server of the test's own, to be restarted and the like. */
  postgresUrl?: string;
}

export interface Recorded {
  id: string;
  stage_id: string;
  name: string | null;
  from_status: string;
  to_status: string;
  due_at: Date | null;
  occurred_at: Date;
  lateness: number | null;
  cause: string;
  instance: string | null;
  term: string | null;
  actor: string | null;
}

/** A start takes half a second; on a machine that is busy with many, much longer. */
const READY_MS = 60_000;

/** Real processes on one real database and real Redis servers, and a psql of the test's own. */
export class Cluster {
  readonly redis: RedisServer[] = [];
  readonly instances = new Map<string, StagebellProcess>();
  readonly leaseMs: number;
  readonly url: string;
  readonly #env: Record<string, string>;
  readonly #pool: pg.Pool;
  readonly #database: TestDatabase | null;
  #assignment = '';

  private constructor(database: TestDatabase | null, url: string, options: ClusterOptions) {
    this.#database = database;
    this.url = url;
    this.leaseMs = options.leaseMs ?? 1000;
    this.#pool = new pg.Pool({ connectionString: url, max: 4 });
    this.#pool.on('error', () => {});
    this.#env = { DATABASE_URL: url, LEADER_LEASE_MS: String(this.leaseMs), ...options.env };
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const database = options.postgresUrl === undefined ? await createMigrated() : null;
    const cluster = new Cluster(database, database?.url ?? (options.postgresUrl as string), options);
    try {
      await cluster.#start(options);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #start(options: ClusterOptions): Promise<void> {
    for (let i = 0; i < (options.redis ?? 1); i++) this.redis.push(await startRedis());
    if (this.redis.length > 0) this.#env['REDIS_URL'] = this.redis.map((server) => server.url).join(',');
    const names = Array.from({ length: options.instances ?? 3 }, (_, i) => `i${i + 1}`);
    await Promise.all(names.map((name) => this.startInstance(name)));
    const [row] = await this.sql<{ id: string }>(`INSERT INTO assignment (title) VALUES ('story') RETURNING id`);
    this.#assignment = row?.id ?? '';
  }

  async startInstance(name: string, env: Record<string, string> = {}): Promise<StagebellProcess> {
    const process = await startServe({ ...this.#env, INSTANCE_NAME: name, ...env });
    this.instances.set(name, process);
    return process.ready(READY_MS);
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(text, values)).rows as Row[];
  }

  /** Inserts a stage in plain SQL; dates are SQL expressions, such as `now() + interval '1 s'`. */
  async stage(name: string, start: string, end = 'NULL', copies = 1): Promise<string> {
    const [row] = await this.sql<{ id: string }>(
      `INSERT INTO stage (assignment_id, name, start_date, end_date)
       SELECT $1, $2, ${start}, ${end} FROM generate_series(1, ${copies}) AS i RETURNING id`,
      [this.#assignment, name],
    );
    return row?.id ?? '';
  }

  get assignment(): string {
    return this.#assignment;
  }

  /** The record, in order; of the stages with this name, or of all. */
  record(name: string | null = null): Promise<Recorded[]> {
    return this.sql<Recorded>(
      `SELECT t.*, s.name, (extract(epoch FROM t.occurred_at - t.due_at) * 1000)::float8 AS lateness
       FROM transition t LEFT JOIN stage s ON s.id = t.stage_id
       WHERE $1::text IS NULL OR s.name = $1 ORDER BY t.id`,
      [name],
    );
  }

  /** Resolves with the record of `name` once it has `count` rows. */
  recorded(name: string, count: number, timeoutMs = 10_000): Promise<Recorded[]> {
    return eventually(
      async () => {
        const rows = await this.record(name);
        if (rows.length < count) throw new Error(`${rows.length} of ${count} transitions of ${name} are on the record`);
        return rows;
      },
      { timeoutMs },
    );
  }

  /** The instance that the database names as leader. */
  async leader(): Promise<{ name: string; process: StagebellProcess; epoch: number }> {
    return eventually(async () => {
      const [row] = await this.sql<{ instance: string | null; epoch: number }>(
        'SELECT instance, epoch::float8 AS epoch FROM leadership',
      );
      const process = this.instances.get(row?.instance ?? '');
      if (row?.instance == null || process === undefined) throw new Error('nobody leads');
      return { name: row.instance, process, epoch: row.epoch };
    });
  }

  async followers(): Promise<StagebellProcess[]> {
    const { name } = await this.leader();
    return [...this.instances].filter(([other]) => other !== name).map(([, process]) => process);
  }

  /** Resolves with the next leader, once its term is later than `epoch`. */
  successor(epoch: number, timeoutMs = 10_000): Promise<{ name: string; process: StagebellProcess; epoch: number }> {
    return eventually(
      async () => {
        const leader = await this.leader();
        if (leader.epoch <= epoch) throw new Error(`still term ${leader.epoch}`);
        return leader;
      },
      { timeoutMs },
    );
  }

  async get<T>(process: StagebellProcess, path: string): Promise<T> {
    return (await (await fetch(`${process.url}${path}`)).json()) as T;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.instances.values()].map((process) => process.stop('SIGKILL')));
    await Promise.all(this.redis.map((server) => server.stop()));
    await this.#pool.end();
    await this.#database?.drop();
  }
}

/** One for the suite that asks. */
export const suiteCluster = (options: ClusterOptions = {}): Cluster =>
  forSuite(
    () => Cluster.start(options),
    (cluster) => cluster.stop(),
  );
