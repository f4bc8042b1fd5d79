import type { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type {
  Database,
  Ears,
  EarsEvents,
  LeaderLock,
  RequestEvents,
  Session,
  SessionEvents,
  Statement,
} from '../database.ts';
import { EditQueue } from '../edit-queue.ts';
import { asDatabaseError, asNoConnection, isForgotten } from '../faults.ts';
import { ALIVE, MOST_OF_NAME, type OwnSession } from '../names.ts';
import { troubleOf } from '../troubles.ts';
import { postgresAddress } from './address.ts';
import { PostgresEars } from './ears.ts';
import { Footing } from './footing.ts';
import { PostgresLeaderLock } from './leader-lock.ts';
import { limitsOf, MIGRATIONS, REQUEST_TIMEOUT_MS, REQUESTS } from './limits.ts';
import { CLIENT_GRACE_MS, createOrm } from './orm.ts';
import { RequestPool } from './request-pool.ts';
import { Room } from './room.ts';
import { cut, PostgresSession } from './session.ts';
import { Startup } from './startup.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** Connections of the pool that edits leave for reads. */
const FOR_READS = 2;
const MIGRATION_LOCK = 5711;

/** A real PostgreSQL, 14 or later. */
export class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly orm: MikroORM;
  readonly #footing = new Footing();
  readonly #requests: RequestPool;
  readonly #edits: EditQueue;
  readonly #room: Room;
  readonly #connection: pg.ClientConfig;
  readonly #startup: Startup;
  readonly #clock: Clock;
  readonly #log: Log;

  /**
   * @param url a libpq-style URL; the PG* variables of libpq fill what it leaves out
   * @param poolSize the most connections for requests; the instance's own work has others (OWN_CONNECTIONS)
   */
  constructor(url: string, clock: Clock, log: Log, poolSize = 10) {
    this.#clock = clock;
    this.#log = log;
    this.#requests = new RequestPool(poolSize, clock);
    this.#room = new Room(clock);
    this.#edits = new EditQueue(Math.max(1, poolSize - FOR_READS), clock);
    const address = postgresAddress(url);
    this.#connection = {
      ...address,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: (address.application_name ?? 'stagebell').slice(0, MOST_OF_NAME),
    };
    this.#startup = new Startup(this.#connection);
    this.orm = createOrm({
      connection: this.#connection,
      startup: this.#startup,
      most: poolSize,
      limits: REQUESTS,
      footing: this.#footing,
      onConnect: (client) => this.#settleRequests(client),
      onPoolCreated: (pool) => this.#requests.adopt(pool),
      onError: (error) => this.#requests.events.onError(error),
      log,
    });
  }

  get canListen(): boolean {
    return this.#footing.passage.canListen;
  }

  connect(): Promise<void> {
    return this.#startup.inTime(() => this.#findFooting());
  }

  async #findFooting(): Promise<void> {
    const clients: pg.Client[] = [];
    const open = async (): Promise<pg.Client> => {
      const client = await this.#openBare('connect', REQUEST_TIMEOUT_MS);
      clients.push(client);
      return client;
    };
    try {
      // It takes two connections to find out what is between us and the server.
      const opened = await Promise.allSettled([open(), open()]);
      for (const result of opened) if (result.status === 'rejected') throw result.reason;
      const [one, other] = clients as [pg.Client, pg.Client];
      await this.#footing.find(one, other, this.#clock);
    } finally {
      for (const client of clients) client.end().catch(() => {});
    }
  }

  em(): SqlEntityManager {
    return this.orm.em.fork() as SqlEntityManager;
  }

  async query<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    const connection = this.orm.em.getConnection() as unknown as PostgreSqlConnection;
    try {
      const pool = await connection.getNativeClient();
      for (;;) {
        const client = await pool.connect();
        let isOutdated = false;
        try {
          return (await this.#footing.ask(REQUESTS)(client, statement, values)).rows as Row[];
        } catch (error) {
          // Nothing was done, so try again on another connection.
          isOutdated = isForgotten(error);
          if (!isOutdated) throw error;
        } finally {
          client.release(isOutdated);
        }
      }
    } catch (error) {
      throw asDatabaseError(error);
    }
  }

  edit<T>(row: string | null, work: (lockMs: number) => Promise<T>): Promise<T> {
    return this.#edits.run(row, work);
  }

  openSession(name: string, timeoutMs: number, events?: SessionEvents): Session {
    const limits = limitsOf(timeoutMs);
    return new PostgresSession(
      () => this.openClient(name, timeoutMs),
      (client, statement, values) => this.#footing.ask(limits)(client, statement, values),
      events,
    );
  }

  admitRequests(isOpen: boolean): void {
    this.#requests.admit(isOpen);
  }

  watchRequests(events: RequestEvents): void {
    this.#requests.events = events;
  }

  openEars(events: EarsEvents): Ears {
    return new PostgresEars(
      () => this.openClient('listen' satisfies OwnSession, REQUEST_TIMEOUT_MS),
      events,
      this.#clock,
    );
  }

  openLeaderLock(): LeaderLock | null {
    return this.#footing.passage.isSession ? new PostgresLeaderLock(() => this.openClient(ALIVE, 0)) : null;
  }

  async withMigrationLock<T>(work: (orm: MikroORM) => Promise<T>, signal?: AbortSignal): Promise<T> {
    // A lock of the transaction, not of the session, so that it also works behind a transaction pooler.
    const client = await this.openClient('migrate', 0);
    const giveUp = () => cut(client);
    try {
      signal?.addEventListener('abort', giveUp);
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]).catch((error) => {
        throw asDatabaseError(error);
      });
      signal?.removeEventListener('abort', giveUp);
      return await this.#withMigrationOrm(work);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      await client.end().catch(() => {});
    }
  }

  /** Separate connections, because those for requests give up after ten seconds. */
  async #withMigrationOrm<T>(work: (orm: MikroORM) => Promise<T>): Promise<T> {
    const orm = createOrm({
      connection: { ...this.#connection, application_name: `${this.#connection.application_name}:migrate` },
      startup: this.#startup,
      most: 2,
      limits: MIGRATIONS,
      footing: this.#footing,
      onConnect: (client) => this.#footing.settle(client, MIGRATIONS),
      log: this.#log,
    });
    try {
      return await work(orm);
    } finally {
      await orm.close(true);
    }
  }

  /** Opens a connection and puts our settings into force. @param timeoutMs for a statement, 0 = none */
  openClient(name: string, timeoutMs: number): Promise<pg.Client> {
    return this.#startup.inTime(async () => {
      const client = await this.#openBare(name, timeoutMs);
      try {
        await this.#footing.settle(client, limitsOf(timeoutMs));
      } catch (error) {
        cut(client);
        throw error;
      }
      return client;
    });
  }

  async #openBare(name: string, timeoutMs: number): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#connection,
      ...this.#startup.config,
      application_name: `${this.#connection.application_name}:${name}`,
      ...(timeoutMs > 0 ? { query_timeout: timeoutMs + CLIENT_GRACE_MS } : {}),
    });
    // Without a listener a dropped idle connection would end the process.
    client.on('error', (error) => this.#log.debug({ event: 'connection', name, error: messageOf(error) }));
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => {});
      // Bells come before requests.
      if (troubleOf(error)?.part === 'connections') this.#requests.giveWay();
      throw asNoConnection(error);
    }
    return client;
  }

  async #settleRequests(client: pg.ClientBase): Promise<void> {
    await this.#footing.settle(client, REQUESTS);
    if (!this.#footing.passage.isSession) return;
    const query = async <Row>({ text }: Statement): Promise<Row[]> => (await client.query(text)).rows as Row[];
    this.#requests.opened(await this.#room.afterOpening({ query }));
  }

  async close(): Promise<void> {
    this.#requests.close();
    await this.orm.close(true);
  }
}
