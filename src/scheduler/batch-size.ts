/** Below this a statement costs about as much as its boundaries: on a machine that is slow, smaller ones are slower. */
const FEWEST = 200;
const FIRST = 250;
/** Of a size at which a statement failed, this share is tried next: a few steps lead to the one stage that is to blame. */
const AFTER_FAILURE = 1 / 4;
/** It grows back by so much with each statement that succeeds. */
const GROWTH = 2;
/** At most so much smaller at a time: a statement that was held up by something else is no reason to go down to nothing. */
const LEAST_SHARE = 0.5;
/** Within these bounds of what is wanted a size is left alone. */
const SLACK = 1.5;

/** How many boundaries a statement takes on: fewer where others wait for its connection, or where it fails. */
export class BatchSize {
  readonly #most: number;
  readonly #wantedMs: number | null;
  /** What a statement can do in the time that is wanted. */
  #inTime: number;
  #now: number;

  /** @param wantedMs how long a statement should take; null: as long as it does */
  constructor(most: number, wantedMs: number | null) {
    this.#most = most;
    this.#wantedMs = wantedMs;
    this.#inTime = wantedMs === null ? most : Math.min(most, FIRST);
    this.#now = this.#inTime;
  }

  get now(): number {
    return this.#now;
  }

  /** A statement failed, and no single stage is to blame. */
  failed(): void {
    this.#now = Math.max(1, Math.floor(this.#now * AFTER_FAILURE));
  }

  /** @param size what it was asked to do @param isFull whether there was as much to do */
  took(size: number, isFull: boolean, ms: number): void {
    if (this.#wantedMs !== null) this.#aim(this.#wantedMs, size, isFull, ms);
    this.#now = Math.min(this.#inTime, this.#now * GROWTH);
  }

  #aim(wantedMs: number, size: number, isFull: boolean, ms: number): void {
    if (ms > wantedMs * SLACK) this.#inTime = Math.max(FEWEST, Math.floor(size * Math.max(LEAST_SHARE, wantedMs / ms)));
    else if (isFull && ms < wantedMs / SLACK) this.#inTime = Math.min(this.#most, Math.ceil(size * SLACK));
  }
}
