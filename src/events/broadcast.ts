import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { LostPlaceError } from '../base/errors.ts';
import type { Slices } from '../base/slices.ts';
import { comparePlaces, endOf, type Place, placeOfId, type RecordedEvent } from '../domain/event.ts';
import { Audience, each, textOf } from './audience.ts';
import type { Feed } from './feed.ts';
import { COMMENT, type Frame, frameOf, placeFrame, staleFrame } from './frame.ts';
import type { Pages } from './pages.ts';
import { CHUNK_CHARACTERS, chunkOf, Ring } from './ring.ts';
import type { StreamReader } from './stream-reader.ts';

/** Under the 15 s after which some proxies, and under the 55 s after which Heroku's router, end a silent connection. */
export const KEEP_ALIVE_MS = 10_000;
const MOST_UNSENT_BYTES = 1024 * 1024;
/** So many numbers of the record before now are read at the start, for readers that come from another instance. */
const LOOK_BACK = 500n;
const REST_MS = 1000;

export interface BroadcastOptions {
  feed: Feed;
  pages: Pages;
  slices: Slices;
  clock: Clock;
  counts: StreamCounts;
  /** Something failed, and will be tried again. */
  onError(error: unknown): void;
}

export interface StreamCounts {
  /** Events, once for each reader that got them. */
  sent: number;
  cutOff: number;
}

/**
 * One reading of the record for all live streams of this instance, from the first reader to the last. Nobody misses an
 * event or gets it twice: a reader becomes live in the same moment in which it has been given the last event of the ring,
 * and an event enters the ring in the same moment in which those who are live are noted down for it.
 */
export class Broadcast {
  readonly #o: BroadcastOptions;
  readonly #ring: Ring;
  readonly #began: Place;
  readonly #audience = new Audience();
  readonly #readers = new Set<StreamReader>();
  readonly #stop = new AbortController();
  readonly #timer: Timer;
  /** Some live readers have not got all of the ring yet. */
  #isGiving = false;
  #rest: Promise<void> | null = null;

  /** @param upTo the record is settled up to this number */
  constructor(options: BroadcastOptions, upTo: string) {
    this.#o = options;
    this.#began = endOf(upTo);
    const back = BigInt(upTo) - LOOK_BACK;
    // Not the beginning itself, from where a reader is not told what was pruned.
    this.#ring = new Ring(back > 0n ? { number: String(back), n: 0 } : { number: '0', n: 1 });
    this.#timer = options.clock.every(KEEP_ALIVE_MS, () => void this.#keepAlive());
    void this.#follow();
  }

  /** A place so that a reader gets whatever is committed from now on. */
  get now(): Place {
    return comparePlaces(this.#ring.to, this.#began) > 0 ? this.#ring.to : this.#began;
  }

  join(reader: StreamReader): void {
    this.#readers.add(reader);
    this.#later(reader);
  }

  leave(reader: StreamReader): void {
    if (reader.state === 'live') this.#audience.remove(reader);
    reader.state = 'closed';
    this.#readers.delete(reader);
  }

  end(): void {
    this.#stop.abort();
    this.#timer.cancel();
  }

  async #follow(): Promise<void> {
    const { feed, clock, onError } = this.#o;
    const { signal } = this.#stop;
    const backoff = new Backoff(50, REST_MS);
    const take = (events: RecordedEvent[], readTo: Place): Promise<void> => {
      backoff.reset();
      return this.#take(events, readTo);
    };
    while (!signal.aborted) {
      try {
        await feed.follow(this.#ring.to, take, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof LostPlaceError) await this.#lost(error);
        else {
          onError(error);
          await clock.sleep(backoff.next(), signal);
        }
      }
    }
  }

  async #take(events: RecordedEvent[], readTo: Place): Promise<void> {
    const frames: Frame[] = [];
    await this.#o.slices.each(events, (event) => frames.push(frameOf(event)));
    for (let from = 0; from < frames.length; ) {
      let characters = 0;
      let end = from;
      while (end < frames.length && characters < CHUNK_CHARACTERS) characters += frames[end++]?.text.length ?? 0;
      const part = frames.slice(from, end);
      await this.#give(part, end === frames.length ? readTo : (part.at(-1)?.place ?? readTo));
      from = end;
    }
  }

  async #give(frames: Frame[], to: Place): Promise<void> {
    const deliveries = this.#audience.deliveries(frames);
    const before = this.#ring.to;
    this.#ring.append(frames, to);
    this.#isGiving = true;
    await this.#o.slices.each(each(deliveries), ([reader, frames, bytes]) => {
      if (reader.state !== 'live') return;
      if (reader.isAhead(before)) this.#writeRest(reader, frames);
      else this.#write(reader, bytes(), frames.length);
      if (!reader.sink.isFull) return;
      this.#audience.remove(reader);
      reader.fallBehind(to);
      this.#later(reader);
    });
    this.#isGiving = false;
  }

  /** To a reader that has some of them. */
  #writeRest(reader: StreamReader, frames: Frame[]): void {
    const rest = frames.filter(({ place }) => comparePlaces(place, reader.after) > 0);
    if (rest.length > 0) this.#write(reader, textOf(rest), rest.length);
  }

  #later(reader: StreamReader): void {
    this.#o.slices.add(() => this.#catchUp(reader));
  }

  /** One step of a reader that is behind. */
  #catchUp(reader: StreamReader): void {
    if (reader.state !== 'behind') return;
    const { to } = this.#ring;
    if (reader.sink.isFull) void reader.sink.drained().then(() => this.#later(reader));
    else if (this.#ring.covers(reader.after)) {
      this.#writeChunk(reader, this.#ring.after(reader.after, reader.filter));
      if (comparePlaces(reader.after, to) < 0) this.#later(reader);
      else this.#becomeLive(reader);
    } else if (reader.isChecked && comparePlaces(reader.after, to) > 0) this.#becomeLive(reader);
    else void this.#givePage(reader).then(() => this.#later(reader));
  }

  #becomeLive(reader: StreamReader): void {
    // It may have been cut off a moment ago.
    if (reader.state === 'closed') return;
    reader.becomeLive(this.#ring.to);
    this.#audience.add(reader);
  }

  async #givePage(reader: StreamReader): Promise<void> {
    try {
      const { frames, to } = await this.#o.pages.read(reader.after, reader.filter);
      if (reader.state !== 'closed') this.#writeChunk(reader, chunkOf(frames, 0, null, to));
    } catch (error) {
      if (error instanceof LostPlaceError) return this.#stale(reader, error);
      this.#o.onError(error);
      // One timer for all.
      this.#rest ??= this.#o.clock.sleep(REST_MS, this.#stop.signal).finally(() => {
        this.#rest = null;
      });
      await this.#rest;
    }
  }

  #writeChunk(reader: StreamReader, { bytes, count, to }: ReturnType<typeof chunkOf>): void {
    reader.after = to;
    reader.isChecked = true;
    if (bytes !== null) this.#write(reader, bytes, count);
  }

  #write(reader: StreamReader, bytes: Buffer | string, count: number): void {
    this.#o.counts.sent += count;
    reader.sink.write(bytes);
    if (reader.sink.unsent > MOST_UNSENT_BYTES) this.#cutOff(reader);
  }

  #cutOff(reader: StreamReader): void {
    this.#o.counts.cutOff += 1;
    this.leave(reader);
    reader.sink.cutOff();
  }

  /** What comes next for this instance was pruned, or is not in the record any more. */
  async #lost(error: LostPlaceError): Promise<void> {
    const resume = placeOfId(error.resumeAt) as Place;
    const isAhead = error.code === 'events_ahead';
    this.#ring.reset(resume);
    this.#isGiving = true;
    // Those who are behind find out by themselves.
    if (isAhead) for (const reader of this.#readers) reader.isChecked = false;
    await this.#o.slices.each(this.#audience.readers(), (reader) => {
      const isFurther = !isAhead && comparePlaces(reader.after, resume) >= 0;
      if (reader.state === 'live' && !isFurther) this.#stale(reader, error);
    });
    this.#isGiving = false;
  }

  #stale(reader: StreamReader, error: LostPlaceError): void {
    if (reader.state === 'closed') return;
    reader.after = placeOfId(error.resumeAt) as Place;
    reader.isChecked = true;
    this.#write(reader, staleFrame(error), 0);
  }

  /** Readers that have everything are told up to where, so that a filter that finds little moves on too. */
  async #keepAlive(): Promise<void> {
    await this.#o.slices.each([...this.#readers], (reader) => {
      if (reader.state === 'closed') return;
      if (reader.hasStalled()) return this.#cutOff(reader);
      if (reader.sink.unsent > 0) return;
      const { to } = this.#ring;
      const hasAll = reader.state === 'live' && !this.#isGiving && !reader.isAhead(to);
      reader.sink.write(hasAll ? placeFrame(to) : COMMENT);
    });
  }
}
