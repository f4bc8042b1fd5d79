import { readSettled } from '../db/read/events.ts';
import type { Reader } from '../db/read/stages.ts';

/**
 * Up to where the record is settled, asked once for all callers at a time: while a commit hangs, each question would
 * keep a connection for a second. A caller that comes while one is under way gets the next answer, which has its own edit.
 */
export class Settled {
  readonly #em: () => Reader;
  /** The highest answer so far. What was settled stays so. */
  #known = '0';
  #asked: Promise<string> | null = null;
  #next: Promise<string> | null = null;

  constructor(em: () => Reader) {
    this.#em = em;
  }

  /** A number in decimal digits that was settled once: less than there is, and never too much. */
  get known(): string {
    return this.#known;
  }

  /** @throws 55P03 where a commit hangs */
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
