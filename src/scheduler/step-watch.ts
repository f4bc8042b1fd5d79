import type { Clock, Timer } from '../base/clock.ts';

const LOOK_EVERY_MS = 1000;
/** NTP slews by half a millisecond a second at most: anything like this in one look is a step. */
const STEP_MS = 20;

/**
 * Watches the wall clock against the monotonic one. After a step, or a suspend, whatever was reckoned
 * from the one is wrong by the other: time may have been missed, and timers are to be set anew.
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
