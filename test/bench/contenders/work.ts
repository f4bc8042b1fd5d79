import pg from 'pg';

export interface PlannedStage {
  id: number;
  dueMs: number;
}

/** Stages handed over at once, and jobs in one statement where a contender can add many. */
const CHUNK = 5000;

/** Flips these stages and writes their history, by the database's clock: nothing that is not due. */
const FLIP = `
WITH flipped AS (
  UPDATE stage SET status = 'active'
  WHERE id = ANY($1::int[]) AND status = 'pending' AND due_at <= clock_timestamp() RETURNING id, due_at
) INSERT INTO transition (stage_id, due_at) SELECT id, due_at FROM flipped`;

const IS_LEFT = `SELECT count(*)::int AS count FROM stage WHERE id = ANY($1::int[]) AND status = 'pending'`;

/** The work that every contender does, and the rows that it is done on (comparison/tables.ts). */
export class Work {
  readonly pool: pg.Pool;

  /** @param connections at most; jobs that run at once beyond that wait for each other */
  constructor(databaseUrl: string, connections: number) {
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
    this.pool.on('error', () => {});
  }

  /** Again where it was asked early: a timer may fire a millisecond too soon. Twice does no harm. */
  async flip(ids: readonly number[]): Promise<void> {
    for (;;) {
      const { rowCount } = await this.pool.query({ name: 'flip', text: FLIP, values: [ids] });
      if (rowCount === ids.length) return;
      const { rows } = await this.pool.query({ name: 'is-left', text: IS_LEFT, values: [ids] });
      if (rows[0].count === 0) return;
    }
  }

  /** The pending stages of a range of ids, a chunk at a time, in order of their ids. */
  async eachChunk(fromId: number, toId: number, take: (stages: PlannedStage[]) => Promise<void>): Promise<void> {
    for (let next = fromId; next <= toId; next += CHUNK) {
      const { rows } = await this.pool.query<PlannedStage>(
        `SELECT id, (extract(epoch FROM due_at) * 1000)::float8 AS "dueMs" FROM stage
         WHERE id BETWEEN $1 AND $2 AND status = 'pending' ORDER BY id`,
        [next, Math.min(toId, next + CHUNK - 1)],
      );
      await take(rows);
    }
  }

  /** What is pending at the start, for those who keep their plans in memory alone. */
  async eachPending(take: (stages: PlannedStage[]) => Promise<void>): Promise<void> {
    const { rows } = await this.pool.query(
      `SELECT min(id) AS low, max(id) AS high FROM stage WHERE status = 'pending'`,
    );
    const [{ low, high }] = rows;
    if (low !== null) await this.eachChunk(low, high, take);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
