import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { RingQueue } from './ring-queue.ts';
import type { TermHealth } from './term-health.ts';

/**
 * A row that somebody holds may be free in a moment or in hours. Each pause is twice as long, from the first to the
 * second.
 */
const LOOK_AGAIN_MS = [1, 250] as const;
/** What has been skipped for this long is held by somebody, and not just late. */
const HELD_MS = 1000;

export interface DueInstantsOptions {
  queue: RingQueue;
  health: TermHealth;
  clock: Clock;
}

/**
 * Instants that were due when the planner last read them. Each rings once. If it is still due at the next read, the
 * advance has skipped it, because somebody holds its rows. Then all of them ring again, less and less often.
 */
export class DueInstants {
  readonly #o: DueInstantsOptions;
  readonly #instants = new Set<number>();
  readonly #lookAgain = new Backoff(...LOOK_AGAIN_MS);
  #looking: Timer | null = null;
  /** Since when something has been skipped, monotonic; null: nothing is. */
  #heldSinceMs: number | null = null;
  #isStopped = false;

  constructor(options: DueInstantsOptions) {
    this.#o = options;
  }

  /** Something is outstanding there, and due. */
  add(atMs: number): void {
    if (this.#instants.has(atMs)) this.#lookAgainSoon();
    else {
      this.#instants.add(atMs);
      this.#o.queue.ring(atMs);
    }
  }

  /** Nothing is due there any more. */
  delete(atMs: number): void {
    if (!this.#instants.delete(atMs) || this.#instants.size > 0) return;
    this.#lookAgain.reset();
    this.#heldSinceMs = null;
    this.#o.health.held(false);
  }

  /** Keeps only those in `keep`. */
  retain(keep: ReadonlySet<number>): void {
    for (const atMs of [...this.#instants]) if (!keep.has(atMs)) this.delete(atMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#looking?.cancel();
  }

  #lookAgainSoon(): void {
    const { clock, queue, health } = this.#o;
    this.#heldSinceMs ??= clock.monoMs();
    if (clock.monoMs() - this.#heldSinceMs >= HELD_MS) health.held(true);
    this.#looking ??= clock.after(this.#lookAgain.next(), () => {
      this.#looking = null;
      if (this.#isStopped) return;
      for (const atMs of this.#instants) queue.ring(atMs);
    });
  }
}
