import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

/** The pending stages of one instant: they were added together, so their ids lie in one range. */
interface Bell {
  fromId: number;
  toId: number;
  count: number;
}

const FLIP = `
WITH flipped AS (
  UPDATE stage SET status = 'active'
  WHERE id BETWEEN $1 AND $2 AND due_at = to_timestamp($3::float8 / 1000) AND status = 'pending' AND due_at <= clock_timestamp()
  RETURNING id, due_at
) INSERT INTO transition (stage_id, due_at) SELECT id, due_at FROM flipped`;

/**
 * What no scheduler on PostgreSQL can be better than: a bare setTimeout per instant and the smallest
 * correct statement, on tables without an index but their keys. No HTTP, no leadership, nothing kept.
 */
export class Floor extends JobContender {
  readonly #bells = new Map<number, Bell>();
  #isWorking = false;

  protected async connect(): Promise<void> {}

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    if (!this.#isWorking) return;
    for (const { id, dueMs } of stages) {
      const bell = this.#bells.get(dueMs);
      this.#bells.set(dueMs, { fromId: bell?.fromId ?? id, toId: id, count: (bell?.count ?? 0) + 1 });
      if (bell === undefined) setTimeout(() => void this.#ring(dueMs), dueMs - Date.now());
    }
  }

  async work(): Promise<void> {
    this.#isWorking = true;
    await this.stages.eachPending((stages) => this.add(stages));
  }

  protected async disconnect(): Promise<void> {}

  async #ring(dueMs: number): Promise<void> {
    const bell = this.#bells.get(dueMs);
    if (bell === undefined) return;
    this.#bells.delete(dueMs);
    const values = [bell.fromId, bell.toId, dueMs];
    for (let flipped = 0; flipped < bell.count; ) {
      // Again where setTimeout fired a millisecond early and nothing is due yet.
      flipped += (await this.stages.pool.query({ name: 'ring', text: FLIP, values })).rowCount ?? 0;
    }
  }
}
