/** Work that is done later, in the order in which it came, also where the delay has changed meanwhile. */
export class DelayLine {
  readonly #waiting: { dueMs: number; work: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;

  add(delayMs: number, work: () => void): void {
    if (delayMs === 0 && this.#waiting.length === 0) work();
    else {
      this.#waiting.push({ dueMs: performance.now() + delayMs, work });
      this.#wait();
    }
  }

  drop(): void {
    this.#waiting.length = 0;
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }

  #wait(): void {
    const first = this.#waiting[0];
    if (first === undefined || this.#timer !== null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#waiting.shift();
        first.work();
        this.#wait();
      },
      Math.max(0, first.dueMs - performance.now()),
    );
  }
}
