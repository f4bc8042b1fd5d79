/** What one run of the advance was asked for. */
export interface Run {
  cause: 'timer' | 'sweep';
  /** Epoch milliseconds. */
  instants: readonly number[];
  /** How far back a sweep looks, epoch milliseconds; null: to the beginning. */
  sweepFromMs: number | null;
}

/**
 * Requests for an advance: timers that fired, instants that were found to be due, stages that are no longer stuck, and
 * sweeps. The advancer takes all of them at once. Whatever is asked for during a run waits for the next one.
 */
export class RingQueue {
  /** Called whenever something is asked for. */
  onAsked: () => void = () => {};
  #instants = new Set<number>();
  #isSweepWanted = false;
  #sweepFromMs: number | null = null;

  /** This instant is due. */
  ring(atMs: number): void {
    this.#instants.add(atMs);
    this.onAsked();
  }

  /**
   * Time was missed: move whatever is due, at any instant.
   * @param fromMs look no further back; null: to the beginning
   */
  sweep(fromMs: number | null = null): void {
    this.#sweepFromMs = this.#isSweepWanted ? earlier(this.#sweepFromMs, fromMs) : fromMs;
    this.#isSweepWanted = true;
    this.onAsked();
  }

  get isEmpty(): boolean {
    return this.#instants.size === 0 && !this.#isSweepWanted;
  }

  /** Takes everything that was asked for, as one run. */
  take(): Run {
    const cause = this.#isSweepWanted ? 'sweep' : 'timer';
    const run: Run = { cause, instants: [...this.#instants], sweepFromMs: this.#sweepFromMs };
    this.#instants = new Set();
    this.#isSweepWanted = false;
    return run;
  }

  /** A run failed: ask for it again. */
  putBack({ cause, instants, sweepFromMs }: Run): void {
    for (const atMs of instants) this.#instants.add(atMs);
    if (cause === 'sweep') this.sweep(sweepFromMs);
  }
}

/** Null is before everything. */
export const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.min(a, b);
