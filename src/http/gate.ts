import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../base/clock.ts';
import { OverloadedError } from './refusals.ts';

/** Waiting this long for a turn, a client had better ask again later. */
const PATIENCE_MS = 5000;
const MOST_WAITING = 1000;
/** Bodies that are being read, and answers that are on their way out. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Smaller ones are not worth counting: a thousand of them weigh as much as one list. */
const COUNTED_BYTES = 4096;

/**
 * How much the instance does at once. What comes beyond it waits its turn, a bounded number for a bounded time, and
 * then gets 503: a crowd of requests must cost neither the memory nor the loop that the bells need.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #bytes = 0;

  constructor(clock: Clock, atOnce: number) {
    this.#clock = clock;
    this.#atOnce = atOnce;
  }

  /** @throws OverloadedError */
  async pass<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#letIn();
    }
  }

  /** Counts bytes until the answer has been sent, or never will be. @throws OverloadedError where there are too many */
  hold(bytes: number, response: ServerResponse): void {
    if (this.#bytes + bytes > MOST_BYTES) throw new OverloadedError();
    this.weigh(bytes, response);
  }

  /** The same for bytes that are there already. */
  weigh(bytes: number, response: ServerResponse): void {
    if (bytes < COUNTED_BYTES) return;
    this.#bytes += bytes;
    response.once('close', () => {
      this.#bytes -= bytes;
    });
  }

  #turn(): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING) throw new OverloadedError();
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const begin = () => {
        timer?.cancel();
        // An embedded database answers without ever giving way: everything else has its turn in between.
        this.#clock.after(0, resolve);
      };
      timer = this.#clock.after(PATIENCE_MS, () => {
        this.#waiting.delete(begin);
        reject(new OverloadedError());
      });
      this.#waiting.add(begin);
    });
  }

  /** The place of one that has finished is that of the first who waits. */
  #letIn(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    this.#running++;
    first();
  }
}
