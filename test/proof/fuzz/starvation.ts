/**
 * How much of the machine others take. Answers are timed on a clock of the wall, so what this process itself had to
 * wait for its turn is taken off; the service's own computing is compared with a loop of known length.
 */
const EVERY_MS = 10;
/** Thread time of the loop below on an idle core. */
const REFERENCE_MS = 6;

export class Starvation {
  readonly #timer: NodeJS.Timeout;
  #lateMs = 0;
  #beforeMs = performance.now();
  #slowest = 1;
  #looks = 0;

  constructor() {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.#lateMs += Math.max(0, nowMs - this.#beforeMs - EVERY_MS);
      this.#beforeMs = nowMs;
      if (this.#looks++ % 100 === 0) this.#slowest = Math.max(this.#slowest, slowdown());
    }, EVERY_MS);
  }

  /** @returns milliseconds of waiting since then */
  begin(): () => number {
    const from = this.#lateMs;
    return () => this.#lateMs - from;
  }

  /** How many times as long as on an idle machine the same computation takes; at least 1. */
  get slowdown(): number {
    return this.#slowest;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** How many times as long as on an idle machine computing takes just now; at least 1. */
export function slowdown(): number {
  const before = process.threadCpuUsage();
  let sum = 0;
  for (let i = 0; i < 6_000_000; i++) sum = (sum + i * 7) | 0;
  const { user, system } = process.threadCpuUsage(before);
  return sum === -1 ? 1 : Math.max(1, (user + system) / 1000 / REFERENCE_MS);
}
