import type { Clock, Timer } from '../base/clock.ts';

const LOOK_EVERY_MS = 1000;
/** NTP slews at most half a millisecond a second, so this much between two looks is a step. */
const STEP_MS = 20;

/**
 * Compares the wall clock with the monotonic one. After a step or a suspend, time may have been missed, and timers that
 * were set by the wall clock are wrong.
 */
export class StepWatch {
  readonly #timer: Timer;
  #wallAheadMs: number;

  /** @param onStep called with the size of the step, milliseconds */
  constructor(clock: Clock, onStep: (stepMs: number) => void) {
    const wallAheadMs = () => clock.wallMs() - clock.monoMs();
    this.#wallAheadMs = wallAheadMs();
    this.#timer = clock.every(LOOK_EVERY_MS, () => {
      const stepMs = wallAheadMs() - this.#wallAheadMs;
      this.#wallAheadMs += stepMs;
      if (Math.abs(stepMs) >= STEP_MS) onStep(stepMs);
    });
  }

  stop(): void {
    this.#timer.cancel();
  }
}
