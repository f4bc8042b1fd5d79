import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../base/clock.ts';
import { OverloadedError } from './http-refusals.ts';

/** A client that has waited this long for its turn had better ask again later. */
const PATIENCE_MS = 5000;
const MOST_WAITING = 1000;
/** Of bodies being read and answers being sent. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Smaller ones are not counted: a thousand of them are no larger than one list. */
const COUNTED_BYTES = 4096;

/**
 * Limits how many requests the instance handles at once. A bounded number of others wait for a bounded time, and then
 * get 503. A crowd of requests must not take the memory or the event loop that bells need.
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

  /** Counts bytes until the response is closed. @throws OverloadedError when there are too many */
  hold(bytes: number, response: ServerResponse): void {
    if (this.#bytes + bytes > MOST_BYTES) throw new OverloadedError();
    this.weigh(bytes, response);
  }

  /** The same for bytes that already exist, so that it is too late to refuse them. */
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
        // An embedded database may answer without ever yielding. So everything else gets a turn first.
        this.#clock.after(0, resolve);
      };
      timer = this.#clock.after(PATIENCE_MS, () => {
        this.#waiting.delete(begin);
        reject(new OverloadedError());
      });
      this.#waiting.add(begin);
    });
  }

  /** A request has finished: the first in the queue takes its place. */
  #letIn(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    this.#running++;
    first();
  }
}
