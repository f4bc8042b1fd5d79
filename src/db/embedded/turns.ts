import type { Clock } from '../../base/clock.ts';

/** For how long others are let through between two urgent ones. */
const OTHERS_MS = 10;

export type Urgency = 'urgent' | 'normal';

/**
 * Who is next at the one connection. Urgent work goes first, and between two pieces of it those who have waited
 * get a share: a burst must not hold up a request for as long as it lasts, nor requests a bell.
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
      if (urgency === 'urgent') this.#othersUntilMs = this.#clock.monoMs() + OTHERS_MS;
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
