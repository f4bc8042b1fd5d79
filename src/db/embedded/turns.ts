import type { Clock } from '../../base/clock.ts';

/** How long normal work is let through between two pieces of urgent work. */
const NORMAL_SHARE_MS = 10;

export type Urgency = 'urgent' | 'normal';

/**
 * Decides what runs next on the one connection. Urgent work goes first, and in between normal work gets a share: a
 * burst of bells must not hold up requests until it ends, and requests must not hold up a bell.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting: Record<Urgency, (() => void)[]> = { urgent: [], normal: [] };
  #isTaken = false;
  #othersUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting[urgency].push(resolve));
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      if (urgency === 'urgent') this.#othersUntilMs = this.#clock.monoMs() + NORMAL_SHARE_MS;
      this.#next();
    }
  }

  #next(): void {
    const { urgent, normal } = this.#waiting;
    const areOthersDue = normal.length > 0 && this.#clock.monoMs() < this.#othersUntilMs;
    const next = areOthersDue ? normal.shift() : (urgent.shift() ?? normal.shift());
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
