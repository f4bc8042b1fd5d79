import pg from 'pg';
import type { Answer, Edit, NewStage, Writer } from './edit.ts';

/** The server said that it did not do it; anything about sessions and shutdowns leaves that open. */
const isRefusal = (error: unknown): boolean => {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P|58|XX)/.test(code);
};

const CREATE = `INSERT INTO stage (id, assignment_id, name, start_date, end_date)
  SELECT id, $1, name, to_timestamp(start_ms / 1000.0), to_timestamp(end_ms / 1000.0)
  FROM unnest($2::uuid[], $3::text[], $4::float8[], $5::float8[]) AS new (id, name, start_ms, end_ms)`;
const EDIT = `UPDATE stage SET start_date = to_timestamp($2::float8 / 1000.0), end_date = to_timestamp($3::float8 / 1000.0)
  WHERE id = $1`;

/** Another program with the tables: straight to PostgreSQL, past every instance and link. */
export class SqlWriter implements Writer {
  readonly name = 'sql';
  readonly #pool: pg.Pool;
  readonly #assignment: string;

  constructor(url: string, assignment: string) {
    this.#assignment = assignment;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 8,
      connectionTimeoutMillis: 3000,
      query_timeout: 6000,
      application_name: 'writer',
      options: '-c statement_timeout=5000',
    });
    this.#pool.on('error', () => {});
    // A session that is ended while it works says so twice, and the second time to nobody.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async write(edit: Edit): Promise<Answer> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch {
      return { outcome: 'refused' };
    }
    try {
      const count = await this.#run(client, edit);
      client.release();
      return { outcome: count > 0 ? 'ok' : 'refused' };
    } catch (error) {
      // Whatever state it is in, it is not to be used again.
      client.release(true);
      return { outcome: isRefusal(error) ? 'refused' : 'maybe' };
    }
  }

  /** @returns how many rows it wrote */
  async #run(client: pg.PoolClient, edit: Edit): Promise<number> {
    switch (edit.kind) {
      case 'create':
        return (await client.query(CREATE, [this.#assignment, ...columnsOf(edit.stages)])).rowCount ?? 0;
      case 'edit': {
        const { id, startMs, endMs } = edit.stage;
        return (await client.query(EDIT, [id, startMs, endMs])).rowCount ?? 0;
      }
      case 'rename': {
        await client.query('BEGIN');
        const { rowCount } = await client.query('UPDATE stage SET name = $2 WHERE id = $1', [edit.stage.id, edit.name]);
        await client.query('SELECT pg_sleep($1)', [edit.holdMs / 1000]);
        await client.query('COMMIT');
        return rowCount ?? 0;
      }
      case 'delete':
        return (await client.query('DELETE FROM stage WHERE id = $1', [edit.stage.id])).rowCount ?? 0;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

const columnsOf = (stages: readonly NewStage[]): unknown[][] => [
  stages.map(({ id }) => id),
  stages.map(({ name }) => name),
  stages.map(({ startMs }) => startMs),
  stages.map(({ endMs }) => endMs),
];
