import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Slices } from '../base/slices.ts';
import type { Database } from '../db/database.ts';
import { isUnavailable } from '../db/faults.ts';
import type { Place } from '../domain/event.ts';
import { Broadcast, type StreamCounts } from './broadcast.ts';
import type { Feed } from './feed.ts';
import { filterOf, type Wanted } from './filter.ts';
import { Pages } from './pages.ts';
import type { Settled } from './settled.ts';
import { type Sink, StreamReader } from './stream-reader.ts';

/** Pages for readers that come back, read at once. There is only one connection to an embedded database. */
const PAGES_AT_ONCE = { postgres: 4, embedded: 1 };
/** A commit that hangs: the record is not settled for a while. */
const HANGING = '55P03';

/** A stream that has a place. */
export interface OpenStream {
  /** It gets what comes after this. */
  readonly place: Place;
  /** At most once. */
  start(sink: Sink): void;
  /** Must be called at the end, started or not. May be called again. */
  close(): void;
}

/** The live streams of this instance. Without any it does nothing and costs nothing. */
export class Hub {
  readonly settled: Settled;
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #slices: Slices;
  readonly #pages: Pages;
  readonly #counts: StreamCounts = { sent: 0, cutOff: 0 };
  #broadcast: Broadcast | null = null;
  #starting: Promise<Broadcast> | null = null;
  #open = 0;

  constructor(feed: Feed, database: Pick<Database, 'em' | 'kind'>, clock: Clock, log: Log) {
    this.settled = feed.settled;
    this.#feed = feed;
    this.#clock = clock;
    this.#log = log;
    this.#slices = new Slices(clock);
    this.#pages = new Pages(() => database.em(), feed.settled, this.#slices, PAGES_AT_ONCE[database.kind]);
  }

  /** How many streams are open, and what they got since the start of this instance. */
  get counts(): StreamCounts & { readers: number } {
    return { ...this.#counts, readers: this.#open };
  }

  /**
   * Finds where a new stream begins: whatever is committed after this has resolved, it gets.
   * @param from null: from now on
   * @throws DatabaseUnavailableError when this instance has yet to find out where the record ends
   */
  async open(wanted: Wanted, from: Place | null): Promise<OpenStream> {
    this.#open += 1;
    try {
      const broadcast = this.#broadcast ?? (await this.#start());
      return this.#stream(broadcast, wanted, from);
    } catch (error) {
      this.#closed();
      throw error;
    }
  }

  #stream(broadcast: Broadcast, wanted: Wanted, from: Place | null): OpenStream {
    const place = from ?? broadcast.now;
    let reader: StreamReader | null = null;
    let isClosed = false;
    return {
      place,
      start(sink) {
        reader = new StreamReader(filterOf(wanted), sink, place, from === null);
        broadcast.join(reader);
      },
      close: () => {
        if (isClosed) return;
        isClosed = true;
        if (reader !== null) broadcast.leave(reader);
        this.#closed();
      },
    };
  }

  #start(): Promise<Broadcast> {
    this.#starting ??= this.settled
      .read()
      .then((upTo) => {
        this.#broadcast = this.#begin(upTo);
        return this.#broadcast;
      })
      .finally(() => {
        this.#starting = null;
      });
    return this.#starting;
  }

  #begin(upTo: string): Broadcast {
    const onError = (error: unknown): void => {
      const { code } = error as { code?: unknown };
      const isPassing = isUnavailable(error) || code === HANGING;
      const line = { event: 'stream_waits', error: messageOf(error) };
      this.#log[isPassing ? 'debug' : 'error'](line, 'the record cannot be read for streams: trying again');
    };
    const [feed, pages, slices, clock, counts] = [this.#feed, this.#pages, this.#slices, this.#clock, this.#counts];
    return new Broadcast({ feed, pages, slices, clock, counts, onError }, upTo);
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#broadcast?.end();
    this.#broadcast = null;
  }
}
