import { MikroORM, type PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database, Ears, EarsEvents, Session, Statement } from './database.ts';
import { Assignment, Stage } from './entities.ts';
import { asDatabaseError } from './faults.ts';
import { channelOf } from './names.ts';
import { PoolClient } from './pool-client.ts';
import { PostgresEars } from './postgres-ears.ts';
import { cut, PostgresSession, queryOf } from './postgres-session.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** A request's statement may take this long; the client gets 503 rather than an endless wait. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Time-outs are a little later here than on the server: a statement that it cancelled is known not to have committed. */
const LATER_HERE_MS = 1000;
/** A transaction of ours that has said nothing for this long was abandoned. */
const ABANDONED_AFTER_MS = 3000;
const MIGRATION_LOCK = 5711;
/** The function of PostgreSQL that says 'cached plan must not change result type': its words depend on the locale. */
const FINDS_OUTDATED_PLANS = 'RevalidateCachedQuery';

/** A real PostgreSQL, 14 or later. */
export class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly orm: MikroORM;
  channel = '';
  canListen = false;
  readonly #connection: pg.ClientConfig;
  readonly #clock: Clock;
  readonly #log: Log;

  /**
   * @param url a libpq-style URL; the PG* variables of libpq fill what it leaves out
   * @param poolSize connections for requests at most; the instance's own work has six besides
   */
  constructor(url: string, clock: Clock, log: Log, poolSize = 10) {
    this.#clock = clock;
    this.#log = log;
    const parsed = parseIntoClientConfig(url);
    // What the URL leaves out, pg takes from the PG* variables. MikroORM would fill it in otherwise.
    const { host, port, user, database } = new pg.Client(parsed);
    this.#connection = {
      ...parsed,
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(database === undefined ? {} : { database }),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: parsed.application_name ?? 'stagebell',
    };
    this.orm = new MikroORM({
      entities: [Assignment, Stage],
      dbName: this.#connection.database ?? 'postgres',
      host,
      port,
      pool: { min: 0, max: poolSize, idleTimeoutMillis: 60_000 },
      driverOptions: {
        ...this.#connection,
        query_timeout: REQUEST_TIMEOUT_MS + LATER_HERE_MS,
        Client: PoolClient,
        // Waited for before the connection is handed out, whatever its type says.
        onConnect: (client: pg.ClientBase) => client.query(this.#limits(REQUEST_TIMEOUT_MS)),
      },
      // The pool's complaints about dropped connections: each request reports its own failure.
      logger: (message) => this.#log.debug({ event: 'orm' }, message),
    });
  }

  async connect(): Promise<void> {
    const client = await this.openClient('connect', REQUEST_TIMEOUT_MS);
    try {
      const { rows } = await client.query(
        `SELECT current_schema() AS schema, current_setting('server_version_num')::int AS version, pg_backend_pid() AS pid`,
      );
      if (rows[0].version < 140_000) throw new Error('PostgreSQL 14 or later is needed');
      if (rows[0].schema === null)
        throw new Error('The search_path names no schema that exists: create it, or mend search_path');
      this.channel = channelOf(rows[0].schema);
      // A pooler answers with a process number of its own invention.
      this.canListen = (client as unknown as { processID: number }).processID === rows[0].pid;
    } finally {
      await client.end().catch(() => {});
    }
  }

  em(): SqlEntityManager {
    return this.orm.em.fork() as SqlEntityManager;
  }

  async query<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    const query = queryOf(statement, values, this.canListen);
    const connection = this.orm.em.getConnection() as unknown as PostgreSqlConnection;
    try {
      const pool = await connection.getNativeClient();
      for (;;) {
        const client = await pool.connect();
        let isOutdated = false;
        try {
          return (await client.query(query)).rows as Row[];
        } catch (error) {
          // Somebody has changed the type of a column since it was prepared. Nothing was done: once more, elsewhere.
          isOutdated = (error as pg.DatabaseError).routine === FINDS_OUTDATED_PLANS;
          if (!isOutdated) throw error;
        } finally {
          client.release(isOutdated);
        }
      }
    } catch (error) {
      throw asDatabaseError(error);
    }
  }

  openSession(name: string, timeoutMs: number): Session {
    return new PostgresSession(
      () => this.openClient(name, timeoutMs),
      // Behind a pooler the next statement may come to another connection, which was not prepared.
      () => this.canListen,
    );
  }

  openEars(events: EarsEvents): Ears {
    return new PostgresEars(() => this.openClient('listen', REQUEST_TIMEOUT_MS), this.channel, events, this.#clock);
  }

  async withMigrationLock<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    // A transaction's lock and not a session's, so that it also holds behind a transaction pooler.
    const client = await this.openClient('migrate', 0);
    const giveUp = () => cut(client);
    try {
      signal?.addEventListener('abort', giveUp);
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]).catch((error) => {
        throw asDatabaseError(error);
      });
      signal?.removeEventListener('abort', giveUp);
      return await work();
    } finally {
      signal?.removeEventListener('abort', giveUp);
      await client.end().catch(() => {});
    }
  }

  /** A connection with its limits set. @param timeoutMs of a statement, 0 for none */
  async openClient(name: string, timeoutMs: number): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#connection,
      application_name: `${this.#connection.application_name}:${name}`,
      ...(timeoutMs > 0 ? { query_timeout: timeoutMs + LATER_HERE_MS } : {}),
    });
    // Without a listener a dropped idle connection would end the process.
    client.on('error', (error) => this.#log.debug({ event: 'connection', name, error: messageOf(error) }));
    try {
      await client.connect();
      await client.query(this.#limits(timeoutMs));
    } catch (error) {
      client.end().catch(() => {});
      throw asDatabaseError(error);
    }
    return client;
  }

  /**
   * The limits of a connection. Set by a statement, because poolers refuse them as start-up
   * parameters; not set behind one, because there they would be left to somebody else.
   */
  #limits(timeoutMs: number): string {
    if (!this.canListen) return 'SELECT 1';
    // A process that is paused in the middle of an edit must not hold its rows for as long as it sleeps.
    // Compiling a plan takes longer than any of our statements runs.
    // The plan that holds for any parameters is the right one for ours; those made for the first five
    // executions sort everything due where a table has no statistics yet. And each of ours has its index: a
    // plan that was made while the table was small would read it whole when it is not.
    return `SELECT set_config('jit', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false),
      set_config('enable_seqscan', 'off', false),
      set_config('statement_timeout', '${timeoutMs}', false),
      set_config('idle_in_transaction_session_timeout', '${timeoutMs === 0 ? 0 : ABANDONED_AFTER_MS}', false)`;
  }

  async close(): Promise<void> {
    await this.orm.close(true);
  }
}
