import type { Dispatcher } from '../db/dispatcher.ts';
import type { Reader } from '../db/read/stages.ts';
import type { Place, RecordedEvent } from '../domain/event.ts';
import { readSettledPage } from './read-page.ts';
import { Settled } from './settled.ts';

/** The most events that a reader gets at a time. */
const PAGE = 500;

/**
 * Follows the record for readers on this instance, each from its own place. Nobody polls. Readers wait until a notice
 * says that the record grew. If that notice is lost, the leader's next heartbeat tells them.
 */
export class Feed {
  readonly #em: () => Reader;
  /** For those who read pages of the same record. */
  readonly settled: Settled;
  /** Readers that have read everything: the function that wakes each, and the number up to which it has read. */
  readonly #waiting = new Map<() => void, bigint>();
  #growths = 0;
  #end = 0n;

  /** @param em makes a reader outside of any transaction */
  constructor(em: () => Reader) {
    this.#em = em;
    this.settled = new Settled(em);
  }

  /** Wakes readers when the record is said to have grown, or when such news may have been missed. */
  listenTo(dispatcher: Dispatcher): void {
    dispatcher.on(['record', 'edit', 'missed', 'silence'], () => this.grown());
    // If an older schema does not say where the record ends, it may have grown.
    dispatcher.on(['pulse'], ({ recordEnd }) => (recordEnd === null ? this.grown() : this.ends(recordEnd)));
  }

  /** The record grew, or may have grown. */
  grown(): void {
    this.#growths += 1;
    for (const wake of [...this.#waiting.keys()]) wake();
  }

  /** The last number that was drawn for the record. @param number decimal digits */
  ends(number: string): void {
    const end = BigInt(number);
    // A reader that is reading just now must look once more.
    if (end > this.#end) this.#growths += 1;
    this.#end = end;
    for (const [wake, upTo] of [...this.#waiting]) if (upTo < end) wake();
  }

  /**
   * Hands over every event behind `after`, in order, until `signal` aborts.
   * @param take is awaited; if it throws, `follow` ends with that error. Up to `readTo`, which may lie behind the last of
   *   the events, nothing else happened
   * @throws DatabaseUnavailableError: go on from the last place that was taken; LostPlaceError
   */
  async follow(
    after: Place,
    take: (events: RecordedEvent[], readTo: Place) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let place = after;
    while (!signal.aborted) {
      const seen = this.#growths;
      const { events, next, upTo, readTo } = await readSettledPage(this.#em(), this.settled, {
        after: place,
        of: {},
        types: null,
        limit: PAGE,
      });
      if (signal.aborted) return;
      if (events.length > 0) await take(events, readTo);
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
