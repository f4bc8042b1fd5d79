import type { Clock, Timer } from '../base/clock.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { SortedInstants } from './sorted-instants.ts';

/**
 * The last few milliseconds before an instant. Timers are too coarse for them, so the clock is read again and again.
 * Only the soonest instant is approached, and none while a statement is under way: PostgreSQL needs the core then, and
 * the next statement has to wait for this one anyway.
 */
export class Approach {
  readonly #near = new SortedInstants();
  readonly #clock: Clock;
  readonly #databaseClock: RemoteClock;
  readonly #onReached: (atMs: number) => void;
  #isHeld = false;
  #timer: Timer | null = null;
  /** How often `next` was called. */
  #turn = 0;

  /** @param onReached called once for an instant (epoch milliseconds, by the database's clock) */
  constructor(clock: Clock, databaseClock: RemoteClock, onReached: (atMs: number) => void) {
    this.#clock = clock;
    this.#databaseClock = databaseClock;
    this.#onReached = onReached;
  }

  has(atMs: number): boolean {
    return this.#near.has(atMs);
  }

  add(atMs: number): void {
    this.#near.add(atMs);
    this.next();
  }

  delete(atMs: number): void {
    if (!this.#near.has(atMs)) return;
    this.#near.delete(atMs);
    this.next();
  }

  /** Not now: a statement is under way. */
  hold(): void {
    this.#isHeld = true;
    this.next();
  }

  /** The statement has ended. Instants that have passed meanwhile are reached at once. */
  release(): void {
    this.#isHeld = false;
    this.next();
  }

  /** Begins to approach the soonest instant, by what is known of the database's clock now. */
  next(): void {
    const turn = ++this.#turn;
    this.#timer?.cancel();
    this.#timer = null;
    const atMs = this.#near.first;
    if (atMs === undefined || this.#isHeld) return;
    const timer = this.#clock.approach(this.#clock.monoMs() + atMs - this.#databaseClock.nowMs, () => {
      this.#near.delete(atMs);
      this.#onReached(atMs);
      this.next();
    });
    // It may have been reached within that call, which has then begun the next approach.
    if (turn === this.#turn) this.#timer = timer;
  }
}
