import type { Clock } from './clock.ts';

/** How loops sleep: a wait that can be ended early. */
export class Signal {
  readonly #clock: Clock;
  #controller = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves after `ms`, or as soon as `wake` is called; a wake before the wait counts.
   * @returns whether it was woken
   */
  async wait(ms: number): Promise<boolean> {
    await this.#clock.sleep(ms, this.#controller.signal);
    const { aborted } = this.#controller.signal;
    if (aborted) this.#controller = new AbortController();
    return aborted;
  }

  wake(): void {
    this.#controller.abort();
  }
}
