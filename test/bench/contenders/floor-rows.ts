import pg from 'pg';
import type { Contender, Environment } from './contender.ts';

/**
 * The floor for bells: Stagebell's own tables with all their indexes and checks, its history row and
 * its fence, written by one set-based statement. No batches, no HTTP, no leadership, no NOTIFY.
 */
const FLIP = `
WITH term AS MATERIALIZED (
  SELECT epoch, clock_timestamp() AS now, set_config('stagebell.advance', 'on', true) AS flag
  FROM leadership LIMIT 1 FOR KEY SHARE
), moved AS (
  UPDATE stage SET status = 'active', version = version + 1, updated_at = term.now
  FROM term WHERE status = 'pending' AND start_date <= term.now AND term.flag = 'on'
  RETURNING stage.id, assignment_id, start_date, term.epoch
)
INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term)
SELECT id, assignment_id, 'pending', 'active', start_date, date_trunc('milliseconds', clock_timestamp()), 'timer', 'floor', epoch
FROM moved`;

const INSTANTS = `SELECT DISTINCT (extract(epoch FROM start_date) * 1000)::float8 AS "dueMs" FROM stage WHERE status = 'pending'`;

export class FloorRows implements Contender {
  readonly #armed = new Set<number>();
  #client: pg.Client | undefined;
  #isWorking = false;

  async open({ databaseUrl }: Environment): Promise<void> {
    this.#client = new pg.Client({ connectionString: databaseUrl });
    this.#client.on('error', () => {});
    await this.#client.connect();
  }

  /** All that is pending: its ids are not numbers. */
  async schedule(): Promise<void> {
    if (!this.#isWorking) return;
    const { rows } = (await this.#client?.query<{ dueMs: number }>(INSTANTS)) ?? { rows: [] };
    for (const { dueMs } of rows) {
      if (this.#armed.has(dueMs)) continue;
      this.#armed.add(dueMs);
      setTimeout(() => void this.#ring(dueMs), dueMs - Date.now());
    }
  }

  /** First whatever was missed, in one go. */
  async work(): Promise<void> {
    this.#isWorking = true;
    await this.#client?.query({ name: 'ring', text: FLIP });
    await this.schedule();
  }

  async stop(): Promise<void> {
    await this.#client?.end();
  }

  async #ring(dueMs: number): Promise<void> {
    // setTimeout may fire a millisecond early, and then nothing is due yet.
    while (Date.now() < dueMs) await new Promise((resolve) => setImmediate(resolve));
    await this.#client?.query({ name: 'ring', text: FLIP });
  }
}
