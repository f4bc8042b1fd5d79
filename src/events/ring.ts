import { comparePlaces, idOf, type Place } from '../domain/event.ts';
import { type Filter, isWanted } from './filter.ts';
import type { Frame } from './frame.ts';

const MOST_FRAMES = 10_000;
/** Of text, which takes one or two bytes a character. */
const MOST_CHARACTERS = 8 * 1024 * 1024;
/** So much is handed over at a time. */
export const CHUNK_CHARACTERS = 128 * 1024;
const MOST_CHUNKS = 32;

/** A part of what a reader wants. */
export interface Chunk {
  /** null: there is nothing for it. */
  bytes: Buffer | null;
  /** How many events. */
  count: number;
  /** Up to here nothing is missing. */
  to: Place;
}

/** The latest events, in order. A crowd that reconnects is served from here, not from the database. */
export class Ring {
  #frames: Frame[] = [];
  #characters = 0;
  #from: Place;
  #to: Place;
  /** Readers that wait for one another are often at the same place, and want the same. */
  readonly #chunks = new Map<string, Chunk>();

  constructor(place: Place) {
    this.#from = place;
    this.#to = place;
  }

  /** Up to here everything has been read. */
  get to(): Place {
    return this.#to;
  }

  /** Whether everything after `place` is here, as far as it has been read. */
  covers(place: Place): boolean {
    return comparePlaces(place, this.#from) >= 0 && comparePlaces(place, this.#to) <= 0;
  }

  /** @param to up to there nothing else happened */
  append(frames: readonly Frame[], to: Place): void {
    this.#chunks.clear();
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#characters += frame.text.length;
    }
    this.#to = to;
    let dropped = 0;
    while (this.#frames.length - dropped > MOST_FRAMES || this.#characters > MOST_CHARACTERS) {
      const frame = this.#frames[dropped];
      if (frame === undefined) break;
      this.#characters -= frame.text.length;
      this.#from = frame.place;
      dropped += 1;
    }
    if (dropped > 0) this.#frames.splice(0, dropped);
  }

  /** Begins anew, because there is a gap. */
  reset(place: Place): void {
    this.#frames = [];
    this.#characters = 0;
    this.#chunks.clear();
    this.#from = place;
    this.#to = place;
  }

  /** What comes after `place`, which must be covered. */
  after(place: Place, filter: Filter): Chunk {
    const key = `${idOf(place)} ${filter.key}`;
    const known = this.#chunks.get(key);
    if (known !== undefined) return known;
    const chunk = chunkOf(this.#frames, this.#firstAfter(place), filter, this.#to);
    if (this.#chunks.size >= MOST_CHUNKS) this.#chunks.clear();
    this.#chunks.set(key, chunk);
    return chunk;
  }

  #firstAfter(place: Place): number {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const frame = this.#frames[middle];
      if (frame !== undefined && comparePlaces(frame.place, place) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * A chunk of frames, from an index on.
 * @param end where it ends if it takes all of them
 */
export function chunkOf(frames: readonly Frame[], from: number, filter: Filter | null, end: Place): Chunk {
  let [text, count, to] = ['', 0, end];
  for (let i = from; i < frames.length; i++) {
    const frame = frames[i] as Frame;
    if (filter !== null && !isWanted(filter, frame)) continue;
    text += frame.text;
    count += 1;
    if (text.length < CHUNK_CHARACTERS || i === frames.length - 1) continue;
    to = frame.place;
    break;
  }
  return { bytes: count === 0 ? null : Buffer.from(text), count, to };
}
