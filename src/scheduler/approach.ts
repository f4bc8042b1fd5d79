import type { Clock, Timer } from '../base/clock.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { SortedInstants } from './sorted-instants.ts';

/**
 * The last few milliseconds before instants, where a timer is too coarse and the clock is looked at again
 * and again. One instant is approached at a time, the soonest, and none while a statement is under way:
 * it would take the core from PostgreSQL, where the statement needs it, and the next one has to wait for
 * this one anyway.
 */
export class Approach {
  readonly #near = new SortedInstants();
  readonly #clock: Clock;
  readonly #databaseClock: RemoteClock;
  readonly #onReached: (atMs: number) => void;
  #isHeld = false;
  #timer: Timer | null = null;
  /** Of the latest look ahead. */
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

  /** Go on; what was passed meanwhile is reached at once. */
  release(): void {
    this.#isHeld = false;
    this.next();
  }

  /** Sets out for the soonest by what the database's clock is known to say now. */
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
    // Unless it was reached in that very call, and the next one has been set out for.
    if (turn === this.#turn) this.#timer = timer;
  }
}
