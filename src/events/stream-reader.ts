import { comparePlaces, type Place } from '../domain/event.ts';
import type { Filter } from './filter.ts';

/** One write counts as sent only once all of it is. */
const MOST_STALLS = 2;

/** Where the bytes of one reader go. */
export interface Sink {
  /** Never waits: what cannot be sent at once is kept in memory. */
  write(bytes: Buffer | string): void;
  /** Bytes that are kept in memory. */
  readonly unsent: number;
  /** Bytes that were sent so far. */
  readonly sent: number;
  /** So much is kept that nothing more should be written until `drained`. */
  readonly isFull: boolean;
  /** Resolves when nothing is kept any more, or when it was closed. */
  drained(): Promise<void>;
  /** Closes it at once, whatever is unsent. */
  cutOff(): void;
}

/**
 * One who follows a stream. It is `live` when it has everything that this instance has read, and gets what is new with
 * the others. While it is `behind`, it gets the rest by itself, as fast as it takes it.
 */
export class StreamReader {
  readonly filter: Filter;
  readonly sink: Sink;
  /** Where it is, while it is behind, or ahead. */
  after: Place;
  /** Its place is known to be in the record. */
  isChecked: boolean;
  state: 'behind' | 'live' | 'closed' = 'behind';
  /** It has read elsewhere what this instance has yet to read. */
  #isAhead = false;
  #sentBefore = 0;
  #stalls = 0;

  constructor(filter: Filter, sink: Sink, after: Place, isChecked: boolean) {
    this.filter = filter;
    this.sink = sink;
    this.after = after;
    this.isChecked = isChecked;
  }

  /** @param to up to where this instance has read */
  becomeLive(to: Place): void {
    this.state = 'live';
    this.#isAhead = comparePlaces(this.after, to) > 0;
  }

  fallBehind(place: Place): void {
    if (!this.isAhead(place)) this.after = place;
    this.state = 'behind';
  }

  /** Whether it is further than `to`. */
  isAhead(to: Place): boolean {
    if (this.#isAhead && comparePlaces(this.after, to) <= 0) this.#isAhead = false;
    return this.#isAhead;
  }

  /** Whether it has taken nothing the last times that this was asked, though something was there to take. */
  hasStalled(): boolean {
    const { unsent, sent } = this.sink;
    this.#stalls = unsent > 0 && sent === this.#sentBefore ? this.#stalls + 1 : 0;
    this.#sentBefore = sent;
    return this.#stalls >= MOST_STALLS;
  }
}
