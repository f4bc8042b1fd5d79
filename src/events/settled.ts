import { readSettled } from '../db/read/events.ts';
import type { Reader } from '../db/read/stages.ts';

/**
 * Up to where the record is settled. One question serves all callers: while a commit hangs, each question would keep a
 * connection for a second. A caller that comes during a question gets the answer to the next one, which covers its own
 * edit.
 */
export class Settled {
  readonly #em: () => Reader;
  /** The highest answer so far. What was settled stays settled. */
  #known = '0';
  #asked: Promise<string> | null = null;
  #next: Promise<string> | null = null;

  constructor(em: () => Reader) {
    this.#em = em;
  }

  /** A number up to which the record was settled once, in decimal digits. It may be too low, never too high. */
  get known(): string {
    return this.#known;
  }

  /** @throws 55P03 while a commit hangs */
  read(): Promise<string> {
    if (this.#asked === null) return this.#ask();
    this.#next ??= this.#asked
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#ask();
      });
    return this.#next;
  }

  #ask(): Promise<string> {
    this.#asked = readSettled(this.#em())
      .then((number) => {
        if (BigInt(number) > BigInt(this.#known)) this.#known = number;
        return number;
      })
      .finally(() => {
        this.#asked = null;
      });
    return this.#asked;
  }
}
