import pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Database, Queryable, Session } from '../../src/db/database.ts';
import { PgliteDatabase } from '../../src/db/embedded/pglite.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import type { Status } from '../../src/domain/stage.ts';
import { ms, type RecordedTransition, transitionsWhere } from './record.ts';
import { createMigrated } from './template.ts';

export interface StageRow {
  status: Status;
  version: number;
  startMs: number | null;
  endMs: number | null;
}

/** A database with the current schema and one assignment, and a plain SQL writer for it. */
export class Migrated {
  readonly database: Database;
  readonly db: Session;
  /** Where it is; empty for the embedded one. */
  readonly url: string;
  assignment = '';
  readonly #drop: () => Promise<void>;
  readonly #clients: pg.Client[] = [];

  private constructor(database: Database, url: string, drop: () => Promise<void>) {
    this.database = database;
    this.db = database.openSession('test', 60_000);
    this.url = url;
    this.#drop = drop;
  }

  static async postgres(): Promise<Migrated> {
    const { url, drop } = await createMigrated();
    return new Migrated(new PostgresDatabase(url, systemClock, silentLog), url, drop).#ready();
  }

  static async embedded(): Promise<Migrated> {
    const database = new PgliteDatabase('memory://', silentLog);
    return new Migrated(database, '', async () => {}).#ready();
  }

  async #ready(): Promise<this> {
    await this.database.connect();
    await migrate(this.database, this.db);
    this.assignment = await this.newAssignment();
    return this;
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.db.query<Row>({ name: '', text }, values);
  }

  /** The statements of `work` in one transaction; on the embedded database nothing else may run meanwhile. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.sql('BEGIN');
    try {
      const result = await work();
      await this.sql('COMMIT');
      return result;
    } catch (error) {
      await this.sql('ROLLBACK');
      throw error;
    }
  }

  /** A connection of its own (PostgreSQL only), closed with the rest. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async newAssignment(): Promise<string> {
    const [row] = await this.sql<{ id: string }>(`INSERT INTO assignment (title) VALUES ('test') RETURNING id`);
    return row?.id ?? '';
  }

  /** A stage as any SQL writer inserts it. The dates are intervals from now, such as '-1 hour'. */
  async stage(start: string | null, end: string | null = null): Promise<string> {
    const [row] = await this.sql<{ id: string }>(INSERT, [this.assignment, start, end]);
    return row?.id ?? '';
  }

  /** Stages that nobody derived: still pending, as if nobody had been there when their instants came. */
  async missed(start: string, end: string | null = null, copies = 1): Promise<string[]> {
    return this.transaction(async () => {
      await this.sql('SET LOCAL session_replication_role = replica');
      const rows = await this.sql<{ id: string }>(INSERT_MANY, [this.assignment, start, end, copies]);
      return rows.map(({ id }) => id);
    });
  }

  async read(id: string): Promise<StageRow> {
    const [row] = await this.sql<StageRow>(
      `SELECT status, version, ${ms('start_date')} AS "startMs", ${ms('end_date')} AS "endMs" FROM stage WHERE id = $1`,
      [id],
    );
    if (row === undefined) throw new Error(`There is no stage ${id}.`);
    return row;
  }

  /** The record in order, of one stage or of all. */
  record(stageId: string | null = null): Promise<RecordedTransition[]> {
    return this.sql(transitionsWhere('$1::uuid IS NULL OR stage_id = $1'), [stageId]);
  }

  async clear(): Promise<void> {
    await this.sql('TRUNCATE stage, transition, alert, alert_event');
    await this.sql('TRUNCATE webhook, webhook_delivery, api_key, calendar_token, record_consumer, idempotency');
    await this.sql('TRUNCATE change, change_commit');
  }

  /** Without its assignment, too. */
  async empty(): Promise<void> {
    await this.sql('TRUNCATE assignment, stage, transition, alert, alert_event');
    await this.sql('TRUNCATE webhook, webhook_delivery, api_key, calendar_token, record_consumer, idempotency');
    await this.sql('TRUNCATE change, change_commit');
    await this.sql('UPDATE record_pruned SET up_to = 0, n = 0');
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
    await this.db.close();
    await this.database.close();
    await this.#drop();
  }
}

const INSERT_MANY = `INSERT INTO stage (assignment_id, name, start_date, end_date)
  SELECT $1::uuid, 'test ' || i, at + $2::interval, at + $3::interval
  FROM clock_timestamp() AS at, generate_series(1, $4::int) AS i RETURNING id`;
const INSERT = INSERT_MANY.replace('$4::int', '1');

/** A connection as the port's Queryable, for statements inside a transaction of the test's own. */
export function onClient(client: pg.Client): Queryable {
  return {
    query: async <Row>(statement: { text: string }, values: unknown[] = []) =>
      (await client.query(statement.text, values)).rows as Row[],
  };
}
