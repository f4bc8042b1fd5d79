import type { Clock } from '../base/clock.ts';
import type { Queryable } from '../db/database.ts';
import { livingLeader, readLeadership } from '../db/leading/term.ts';

/** Whether anybody leads, as /readyz needs to know: by what is heard, or by asking the database when nothing is. */
export class LeaderWatch {
  readonly #db: Queryable;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  readonly #onLook: () => void;
  #seenMs = Number.NEGATIVE_INFINITY;

  /** @param onLook nothing was heard for a while, as where nothing can be: others are to look for themselves, too */
  constructor(db: Queryable, leaseMs: number, clock: Clock, onLook: () => void = () => {}) {
    this.#db = db;
    this.#onLook = onLook;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.#clock.monoMs() - this.#seenMs;
  }

  /** A leader was heard. */
  heard(): void {
    this.#seenMs = this.#clock.monoMs();
  }

  /** Looks once a lease while nothing is heard, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.leaderSeenAgoMs > 1.5 * this.#leaseMs) {
        this.#onLook();
        // What cannot be read is not known: that is what readiness then says.
        const leadership = await readLeadership(this.#db).catch(() => null);
        if (leadership !== null && livingLeader(leadership) !== null) this.heard();
      }
      await this.#clock.sleep(this.#leaseMs, signal);
    }
  }
}
