import type { Clock } from './clock.ts';

/** One reading of a remote clock, between two readings of our own monotonic one. */
export interface ClockSample {
  /** Epoch milliseconds. */
  remoteMs: number;
  /** Monotonic, when the question was sent and when the answer was there. */
  sentMs: number;
  receivedMs: number;
}

/** The best sample ages with time, because two clocks drift apart: by 50 us a second at worst. */
const DRIFT = 50e-6;

/**
 * What time it is elsewhere, from samples. Each is right to within half its round trip. The result is kept against the
 * monotonic clock, so that steps of this host's wall clock do not touch it. A slow sample says little: it replaces a
 * better one only where the two contradict each other, because then a clock has moved.
 */
export class RemoteClock {
  readonly #clock: Clock;
  #offsetMs = 0;
  /** When the best sample was taken, monotonic, and how wrong it may have been then. */
  #sampledMs = 0;
  #uncertaintyMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds with a fraction; meaningless before the first sample. */
  get nowMs(): number {
    return this.#clock.monoMs() + this.#offsetMs;
  }

  /** The remote clock minus this host's wall clock; 0 before the first sample. */
  get aheadMs(): number {
    return this.hasSample ? this.nowMs - this.#clock.wallMs() : 0;
  }

  get hasSample(): boolean {
    return Number.isFinite(this.#uncertaintyMs);
  }

  add({ remoteMs, sentMs, receivedMs }: ClockSample): void {
    const offsetMs = remoteMs - (sentMs + receivedMs) / 2;
    const uncertaintyMs = (receivedMs - sentMs) / 2;
    const bestMs = this.#uncertaintyMs + DRIFT * (receivedMs - this.#sampledMs);
    const isContradiction = Math.abs(offsetMs - this.#offsetMs) > uncertaintyMs + bestMs;
    if (uncertaintyMs > bestMs && !isContradiction) return;
    this.#offsetMs = offsetMs;
    this.#uncertaintyMs = uncertaintyMs;
    this.#sampledMs = receivedMs;
  }
}
