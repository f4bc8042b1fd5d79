/** Below this the statement itself costs as much as its boundaries. Smaller batches would not help a slow machine. */
const FEWEST = 200;
const FIRST = 250;
/** After a failure this share of the size is tried, so a few steps lead to the one stage that is to blame. */
const AFTER_FAILURE = 1 / 4;
/** After each success the size grows back by this factor. */
const GROWTH = 2;
/** One slow statement shrinks the size to this share at most, because something else may have held it up. */
const LEAST_SHARE = 0.5;
/** A size is kept while its statements take no more than this factor longer or shorter than wanted. */
const SLACK = 1.5;

/** How many boundaries a statement moves: fewer if others wait for its connection, or if it fails. */
export class BatchSize {
  readonly #most: number;
  readonly #wantedMs: number | null;
  /** What a statement can move in the wanted time. */
  #inTime: number;
  #now: number;

  /** @param wantedMs how long a statement should take; null: no limit */
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

  /**
   * A statement succeeded.
   * @param size the limit that it was given
   * @param isFull whether there was that much to move
   */
  took(size: number, isFull: boolean, ms: number): void {
    if (this.#wantedMs !== null) this.#aim(this.#wantedMs, size, isFull, ms);
    this.#now = Math.min(this.#inTime, this.#now * GROWTH);
  }

  #aim(wantedMs: number, size: number, isFull: boolean, ms: number): void {
    if (ms > wantedMs * SLACK) this.#inTime = Math.max(FEWEST, Math.floor(size * Math.max(LEAST_SHARE, wantedMs / ms)));
    else if (isFull && ms < wantedMs / SLACK) this.#inTime = Math.min(this.#most, Math.ceil(size * SLACK));
  }
}
