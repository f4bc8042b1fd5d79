import type { Reader } from '../db/read/stages.ts';
import type { Place, RecordedEvent } from '../domain/event.ts';
import { readSettledPage } from './read-page.ts';
import { Settled } from './settled.ts';

/** Events that a follower is given at a time, at most. */
const PAGE = 500;

/**
 * Follows the record for readers on this instance, each from its own place. Nobody polls: readers wait
 * until they are told that the record grew, by a notice of whoever wrote it, or by the leader's next heartbeat where
 * that notice was lost.
 */
export class Feed {
  readonly #em: () => Reader;
  readonly #settled: Settled;
  /** Readers that have read everything, by what wakes them: up to which number that was. */
  readonly #waiting = new Map<() => void, bigint>();
  #growths = 0;
  #end = 0n;

  /** @param em a fresh reader, outside of a transaction */
  constructor(em: () => Reader) {
    this.#em = em;
    this.#settled = new Settled(em);
  }

  /** The record grew, or may have grown. */
  grown(): void {
    this.#growths += 1;
    for (const wake of [...this.#waiting.keys()]) wake();
  }

  /** The last number that was drawn for the record. @param number decimal digits */
  ends(number: string): void {
    const end = BigInt(number);
    // Whoever is reading just now looks once more.
    if (end > this.#end) this.#growths += 1;
    this.#end = end;
    for (const [wake, upTo] of [...this.#waiting]) if (upTo < end) wake();
  }

  /**
   * Hands over every event behind `after`, in order, until `signal` aborts.
   * @param take waited for; what it throws ends the following
   * @throws DatabaseUnavailableError, and then go on from the last place that was taken; EventsPrunedError
   */
  async follow(after: Place, take: (events: RecordedEvent[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    let place = after;
    while (!signal.aborted) {
      const seen = this.#growths;
      const { events, next, upTo } = await readSettledPage(this.#em(), this.#settled, {
        after: place,
        of: {},
        types: null,
        limit: PAGE,
      });
      if (signal.aborted) return;
      if (events.length > 0) await take(events);
      place = events.at(-1)?.place ?? place;
      if (next === null && seen === this.#growths) await this.#growth(BigInt(upTo), signal);
    }
  }

  #growth(upTo: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.set(wake, upTo);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}
