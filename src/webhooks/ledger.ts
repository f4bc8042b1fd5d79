import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Result } from './parcels.ts';

export interface LedgerOptions {
  clock: Clock;
  /** Writes some at once. It throws when that is to be tried again. */
  write(results: readonly Result[]): Promise<void>;
  /** Nothing is left to be written. */
  onEmpty(): void;
}

const AT_ONCE = 200;
const [FIRST_RETRY_MS, MOST_RETRY_MS] = [100, 5000];

/** Writes down what became of deliveries: everything that came during one statement goes into the next. */
export class Ledger {
  readonly #o: LedgerOptions;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MOST_RETRY_MS);
  readonly #closed = new AbortController();
  #results: Result[] = [];
  #isWriting = false;

  constructor(options: LedgerOptions) {
    this.#o = options;
  }

  add(result: Result): void {
    this.#results.push(result);
    if (!this.#isWriting) void this.#run();
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** What cannot be written now is not tried again. */
  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    const { clock, write, onEmpty } = this.#o;
    this.#isWriting = true;
    while (this.#results.length > 0) {
      const results = this.#results.splice(0, AT_ONCE);
      try {
        await write(results);
        this.#backoff.reset();
      } catch {
        if (this.#closed.signal.aborted) this.#results = [];
        else this.#results.unshift(...results);
        await clock.sleep(this.#backoff.next(), this.#closed.signal);
      }
    }
    this.#isWriting = false;
    onEmpty();
  }
}
