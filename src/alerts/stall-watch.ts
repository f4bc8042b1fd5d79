import type { Clock, Timer } from '../base/clock.ts';
import type { Alerts } from '../domain/alert.ts';
import { KIND } from './kinds.ts';

/** Seldom enough for an idle process, which Node's own measure of the event loop wakes much more often. */
const LOOK_EVERY_MS = 200;
const STALL_MS = 500;
const QUIET_MS = 300_000;

/** Stalls of this process: something held the event loop, or the process was paused. A look is then late by as much. */
export class StallWatch {
  readonly #alerts: Alerts;
  readonly #clock: Clock;
  readonly #instance: string;
  #looking: Timer | null = null;
  #quiet: Timer | null = null;

  /** @param instance the name of this one: each tells of its own stalls */
  constructor(alerts: Alerts, clock: Clock, instance: string) {
    this.#alerts = alerts;
    this.#clock = clock;
    this.#instance = instance;
  }

  start(): void {
    let lookedMs = this.#clock.monoMs();
    this.#looking = this.#clock.every(LOOK_EVERY_MS, () => {
      const now = this.#clock.monoMs();
      const lateMs = now - lookedMs - LOOK_EVERY_MS;
      lookedMs = now;
      if (lateMs > STALL_MS) this.#stalled(lateMs);
    });
  }

  stop(): void {
    this.#looking?.cancel();
    this.#quiet?.cancel();
  }

  #stalled(lateMs: number): void {
    const isRaised = this.#quiet !== null;
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(QUIET_MS, () => this.#isQuiet());
    if (isRaised) return;
    this.#alerts.raise(
      {
        kind: KIND.eventLoop,
        subject: this.#instance,
        severity: 'warning',
        cause: `${this.#instance} stood still for more than half a second: its bells and answers were late`,
        cure: 'give it more CPU and memory, or separate ROLE=clock from ROLE=web; docs/operations.md, "Bells are late"',
        detail: `${Math.round(lateMs)} ms`,
      },
      lateMs,
    );
  }

  #isQuiet(): void {
    this.#quiet = null;
    this.#alerts.resolve(KIND.eventLoop, this.#instance);
  }
}
