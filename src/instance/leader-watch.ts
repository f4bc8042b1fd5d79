import type { Clock } from '../base/clock.ts';
import type { Queryable } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { livingLeader, readLeadership } from '../db/leading/leadership-row.ts';
import type { Term } from '../db/leading/term.ts';

/** Asks where a pulse did not come, and half a lease has passed in which it might still have. */
const ASK_AFTER_LEASES = 1.5;

/** Whether anybody leads, as /readyz needs to know: by what is heard, or by asking the database when nothing is. */
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

  /** Of the latest term that is known of; 0: of none. */
  get epoch(): number {
    return this.#epoch;
  }

  /** This instance does. */
  leads({ epoch }: Term): void {
    this.#epoch = epoch;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.#clock.monoMs() - this.#seenMs;
  }

  /** Looks once a lease while nothing is heard, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.leaderSeenAgoMs > ASK_AFTER_LEASES * this.#leaseMs) {
        this.#dispatcher.tell({ kind: 'silence' });
        // What cannot be read is not known: that is what readiness then says.
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
