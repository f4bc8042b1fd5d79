/** One reading of a remote clock, by this host's wall clock. */
export interface ClockSample {
  remoteMs: number;
  /** Wall time here in the middle of the round trip. */
  wallMs: number;
  roundTripMs: number;
}

/**
 * The offset of a remote clock, from samples of which each is right within half its round trip.
 * A slow sample says little: it replaces a better one only where the two contradict each other,
 * because then a clock has moved.
 */
export class ClockOffset {
  #offsetMs = 0;
  #uncertaintyMs = Number.POSITIVE_INFINITY;

  /** Remote clock minus this host's wall clock. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  get uncertaintyMs(): number {
    return this.#uncertaintyMs;
  }

  add({ remoteMs, wallMs, roundTripMs }: ClockSample): void {
    const offsetMs = remoteMs - wallMs;
    const uncertaintyMs = roundTripMs / 2;
    const isBetter = uncertaintyMs <= this.#uncertaintyMs;
    const isContradiction = Math.abs(offsetMs - this.#offsetMs) > uncertaintyMs + this.#uncertaintyMs;
    if (isBetter || isContradiction) {
      this.#offsetMs = offsetMs;
      this.#uncertaintyMs = uncertaintyMs;
    } else {
      // The best sample ages: clocks drift, by a hundredth of a millisecond a second at worst.
      this.#uncertaintyMs += 0.05;
    }
  }
}
