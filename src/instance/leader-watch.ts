import type { Clock } from '../base/clock.ts';
import type { Queryable } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { livingLeader, readLeadership } from '../db/leading/leadership-row.ts';
import type { Term } from '../db/leading/term.ts';

/** The database is asked when the next pulse is half a lease late. */
const ASK_AFTER_LEASES = 1.5;

/** Whether anybody leads, for /readyz: from what is heard, or by asking the database when nothing is heard. */
export class LeaderWatch {
  readonly #db: Queryable;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  #seenMs = Number.NEGATIVE_INFINITY;
  #epoch = 0;

  constructor(db: Queryable, leaseMs: number, clock: Clock, dispatcher: Dispatcher) {
    this.#db = db;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#dispatcher = dispatcher;
    dispatcher.on(['pulse', 'term'], () => this.#seen());
    dispatcher.on(['pulse', 'term', 'vacant', 'unlocked'], ({ epoch }) => {
      this.#epoch = epoch;
    });
  }

  /** Of the latest term that is known; 0: none. */
  get epoch(): number {
    return this.#epoch;
  }

  /** This instance leads. */
  leads({ epoch }: Term): void {
    this.#epoch = epoch;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.#clock.monoMs() - this.#seenMs;
  }

  /** Asks once a lease while nothing is heard, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.leaderSeenAgoMs > ASK_AFTER_LEASES * this.#leaseMs) {
        this.#dispatcher.tell({ kind: 'silence' });
        // If it cannot be read, nobody is known to lead, and readiness says so.
        const leadership = await readLeadership(this.#db).catch(() => null);
        if (leadership !== null && livingLeader(leadership) !== null) this.#seen();
      }
      await this.#clock.sleep(this.#leaseMs, signal);
    }
  }

  #seen(): void {
    this.#seenMs = this.#clock.monoMs();
  }
}
