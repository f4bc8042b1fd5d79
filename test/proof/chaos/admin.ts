import pg from 'pg';
import { fillNotifyQueue } from '../../support/notify-queue.ts';
import { SERVICE } from './house.ts';

export interface LeadershipSeen {
  epoch: number;
  instance: string | null;
  heartbeatAgeMs: number | null;
}

/** The harness's own way into PostgreSQL: past every link, and allowed to write when nobody else is. */
export class Admin {
  readonly #url: string;
  readonly #pool: pg.Pool;

  /** @param url of the service's database, as the superuser */
  constructor(url: string) {
    this.#url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 6,
      connectionTimeoutMillis: 3000,
      query_timeout: 30_000,
      application_name: 'chaos',
      options: '-c default_transaction_read_only=off -c timezone=UTC',
    });
    this.#pool.on('error', () => {});
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(text, values)).rows as Row[];
  }

  async leadership(): Promise<LeadershipSeen> {
    const [row] = await this.sql<LeadershipSeen>(
      `SELECT epoch::float8 AS epoch, instance,
         (extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::float8 AS "heartbeatAgeMs" FROM leadership`,
    );
    if (row === undefined) throw new Error('The leadership table has lost its row.');
    return row;
  }

  /** Ends the service's sessions whose name is like this. @returns how many */
  async terminate(name: string): Promise<number> {
    const rows = await this.sql(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
      [name],
    );
    return rows.length;
  }

  /** Ends the session by which the leader holds its lock; `andItsHeart`: and the one that writes its heartbeats. */
  async endLeaderLock({ andItsHeart = false } = {}): Promise<void> {
    await this.sql(
      `SELECT pg_terminate_backend(pid) FROM (
         SELECT pid FROM pg_locks WHERE relation = 'leader_alive'::regclass AND mode = 'ExclusiveLock' AND granted
         UNION SELECT backend FROM leadership WHERE $1 AND backend IS NOT NULL
       ) AS session`,
      [andItsHeart],
    );
  }

  /** For every session, those that are open included. */
  async setReadOnly(isReadOnly: boolean): Promise<void> {
    const text = isReadOnly ? 'SET default_transaction_read_only = on' : 'RESET default_transaction_read_only';
    await this.sql(`ALTER SYSTEM ${text}`);
    await this.sql('SELECT pg_reload_conf()');
  }

  /** A reader that sees the database as it is now for as long as it is open: nothing is cleaned away. @returns what ends it */
  async holdSnapshot(): Promise<() => Promise<void>> {
    const client = await this.#pool.connect();
    // The server may go away under it.
    client.on('error', () => {});
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await client.query('SELECT count(*) FROM stage');
    } catch (error) {
      client.release(true);
      throw error;
    }
    return async () => client.release(true);
  }

  /** Nobody else can read or write a stage. @returns what ends it */
  async lockStages(): Promise<() => Promise<void>> {
    const client = await this.#pool.connect();
    client.on('error', () => {});
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE stage IN ACCESS EXCLUSIVE MODE');
    } catch (error) {
      client.release(true);
      throw error;
    }
    return async () => client.release(true);
  }

  /** From a session of this database, or of another one. @returns what ends it */
  fillNotifyQueue(isNextDoor: boolean): Promise<() => Promise<void>> {
    return fillNotifyQueue(isNextDoor ? this.#url.replace(/[^/]*$/, 'postgres') : this.#url);
  }

  /** Of the service's role, all its instances together; null: as many as there are. */
  async limitRole(connections: number | null): Promise<void> {
    await this.sql(`ALTER ROLE ${SERVICE} CONNECTION LIMIT ${connections ?? -1}`);
  }

  /** Connections that the service holds. */
  async connections(): Promise<string[]> {
    const rows = await this.sql<{ name: string }>(
      `SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'stagebell%'`,
    );
    return rows.map(({ name }) => name);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
