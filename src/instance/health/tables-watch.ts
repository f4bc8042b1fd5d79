import type { Clock, Timer } from '../../base/clock.ts';
import type { Health } from '../../base/health.ts';
import type { Queryable } from '../../db/database.ts';
import { driftInWords, readDrift } from '../../db/schema/drift.ts';

/** While something is out of order, until somebody mends it. */
const LOOK_AGAIN_MS = 10_000;
/** Not more often, because every heartbeat may find that something was missed, for the same reason as before. */
const LOOK_EVERY_MS = 5000;
/** Without any reason, because a dropped index may have no effect before the next burst. */
const LOOK_ANYWAY_MS = 300_000;
/** The sweep at the start of a term comes first. */
const AFTER_SWEEP_MS = 500;

/**
 * Reports what others have done to our tables: a trigger that was disabled for an import, an index that was dropped, a
 * table that has a new owner. It looks when a term begins, and when something was missed.
 */
export class TablesWatch {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #health: Health;
  #timer: Timer | null = null;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(db: Queryable, clock: Clock, health: Health) {
    this.#db = db;
    this.#clock = clock;
    this.#health = health;
  }

  termBegins(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(AFTER_SWEEP_MS, () => void this.#look());
  }

  /** @param isMissed whether something was missed, for which the tables may be the reason */
  look(isMissed: boolean): void {
    const pauseMs = isMissed ? LOOK_EVERY_MS : LOOK_ANYWAY_MS;
    if (this.#isOver || this.#clock.monoMs() - this.#lookedMs < pauseMs) return;
    void this.#look();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    this.#lookedMs = this.#clock.monoMs();
    // If this cannot be read, other troubles say so.
    const drift = await readDrift(this.#db).catch(() => null);
    if (this.#isOver || drift === null) return;
    const trouble = driftInWords(drift);
    this.#health.note('tables', trouble);
    this.#timer?.cancel();
    if (trouble !== null) this.#timer = this.#clock.after(LOOK_AGAIN_MS, () => void this.#look());
  }
}
