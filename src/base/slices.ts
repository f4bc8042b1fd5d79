import type { Clock } from './clock.ts';

/** How long the event loop may be held. A bell waits no longer than this for what is done in slices. */
const SLICE_MS = 2;

/** Does a lot of work a little at a time, so that everything else has its turn in between. */
export class Slices {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins at once. */
  async each<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
    let untilMs = this.#clock.monoMs() + SLICE_MS;
    for (const item of items) {
      work(item);
      if (this.#clock.monoMs() < untilMs) continue;
      await this.#clock.sleep(0);
      untilMs = this.#clock.monoMs() + SLICE_MS;
    }
  }

  /** Soon, after what was put here before. However many put work here at one moment, it is done in slices. */
  add(work: () => void): void {
    this.#waiting.push(work);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#clock.sleep(0);
      const works = this.#waiting;
      this.#waiting = [];
      await this.each(works, (work) => work());
    }
    this.#isRunning = false;
  }
}
