import pg from 'pg';

export interface LeadershipSeen {
  epoch: number;
  instance: string | null;
  heartbeatAgeMs: number | null;
}

/** The harness's own way into PostgreSQL: past every link, and allowed to write when nobody else is. */
export class Admin {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 4,
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
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('SELECT count(*) FROM stage');
    return async () => client.release(true);
  }

  /** Tables that are made from now on lie in this folder. */
  async keepTablesIn(folder: string): Promise<void> {
    await this.sql(`CREATE TABLESPACE small LOCATION '${folder}'`);
    await this.sql('ALTER DATABASE postgres SET default_tablespace = small');
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
