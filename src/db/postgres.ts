import { MikroORM } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import type { Clock } from '../base/clock.ts';
import { DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database, Ears, EarsEvents, Session, Statement } from './database.ts';
import { Assignment, Stage } from './entities.ts';
import { asDatabaseError, isUnavailable } from './faults.ts';
import { channelOf } from './names.ts';
import { PostgresEars } from './postgres-ears.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** A request's statement may take this long; the client gets 503 rather than an endless wait. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A transaction of ours that has said nothing for this long was abandoned. */
const ABANDONED_AFTER_MS = 3000;
const MIGRATION_LOCK = 5711;

/** A real PostgreSQL, 14 or later. */
export class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly orm: MikroORM;
  channel = '';
  readonly #connection: pg.ClientConfig;
  readonly #clock: Clock;
  readonly #log: Log;

  /** @param url a libpq-style URL; the PG* variables of libpq fill what it leaves out */
  constructor(url: string, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    const parsed = parseIntoClientConfig(url);
    this.#connection = {
      ...parsed,
      port: parsed.port ?? 5432,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: parsed.application_name ?? 'stagebell',
    };
    this.orm = new MikroORM({
      entities: [Assignment, Stage],
      dbName: this.#connection.database ?? 'postgres',
      host: this.#connection.host ?? 'localhost',
      port: this.#connection.port ?? 5432,
      pool: { min: 0, max: 10, idleTimeoutMillis: 60_000 },
      driverOptions: {
        ...this.#connection,
        query_timeout: REQUEST_TIMEOUT_MS,
        statement_timeout: REQUEST_TIMEOUT_MS,
        // A process that is paused in the middle of an edit must not hold its rows for as long as it sleeps.
        idle_in_transaction_session_timeout: ABANDONED_AFTER_MS,
      },
      // The pool's complaints about dropped connections: each request reports its own failure.
      logger: (message) => this.#log.debug({ event: 'orm' }, message),
    });
  }

  async connect(): Promise<void> {
    const client = await this.openClient('connect', REQUEST_TIMEOUT_MS);
    try {
      const { rows } = await client.query(`SELECT current_schema() AS schema, current_setting('server_version_num')::int AS version`);
      if (rows[0].version < 140_000) throw new Error('PostgreSQL 14 or later is needed');
      if (rows[0].schema === null) throw new Error('The search_path names no schema that exists: create it, or mend search_path');
      this.channel = channelOf(rows[0].schema);
    } finally {
      await client.end().catch(() => {});
    }
  }

  em(): SqlEntityManager {
    return this.orm.em.fork() as SqlEntityManager;
  }

  openSession(name: string, timeoutMs: number): Session {
    return new PostgresSession(() => this.openClient(name, timeoutMs));
  }

  openEars(events: EarsEvents): Ears {
    return new PostgresEars(() => this.openClient('listen', REQUEST_TIMEOUT_MS), this.channel, events, this.#clock);
  }

  async withMigrationLock<T>(work: () => Promise<T>): Promise<T> {
    // A transaction's lock and not a session's, so that it also holds behind a transaction pooler.
    const client = await this.openClient('migrate', 0);
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      return await work();
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** A connection with its limits set. @param timeoutMs of a statement, 0 for none */
  async openClient(name: string, timeoutMs: number): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#connection,
      application_name: `${this.#connection.application_name}:${name}`,
      // Here a little later than on the server: a cancelled statement is known not to have committed.
      ...(timeoutMs > 0 ? { statement_timeout: timeoutMs, query_timeout: timeoutMs + 1000 } : {}),
    });
    // Without a listener a dropped idle connection would end the process.
    client.on('error', (error) => this.#log.debug({ event: 'connection', name, error: messageOf(error) }));
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => {});
      throw asDatabaseError(error);
    }
    return client;
  }

  async close(): Promise<void> {
    await this.orm.close(true);
  }
}

class PostgresSession implements Session {
  readonly #open: () => Promise<pg.Client>;
  #client: Promise<pg.Client> | null = null;
  #isClosed = false;

  constructor(open: () => Promise<pg.Client>) {
    this.#open = open;
  }

  async query<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    if (this.#isClosed) throw new DatabaseUnavailableError('This session is closed.');
    this.#client ??= this.#connect();
    const opening = this.#client;
    try {
      const client = await opening;
      return (await client.query({ ...statement, values })).rows as Row[];
    } catch (error) {
      // Whatever the server still does with it, this connection is not to be trusted any more.
      if (isUnavailable(error) && this.#client === opening) this.#drop();
      throw asDatabaseError(error);
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = await this.#open();
    const mine = this.#client;
    client.once('end', () => {
      if (this.#client === mine) this.#client = null;
    });
    return client;
  }

  #drop(): void {
    const dropped = this.#client;
    this.#client = null;
    // `end` waits for an answer that a half-open connection never gives: cut it.
    dropped?.then(
      (client) => {
        client.end().catch(() => {});
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      },
      () => {},
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = null;
    await client?.then((c) => c.end()).catch(() => {});
  }
}
