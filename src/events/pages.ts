import type { Slices } from '../base/slices.ts';
import type { Reader } from '../db/read/stages.ts';
import { idOf, type Place } from '../domain/event.ts';
import type { Filter } from './filter.ts';
import { type Frame, frameOf } from './frame.ts';
import { readSettledPage } from './read-page.ts';
import { CHUNK_CHARACTERS } from './ring.ts';
import type { Settled } from './settled.ts';

/** At most; of long events so few that a reader is given all of them at a time. */
const [MOST_EVENTS, FEWEST_EVENTS] = [250, 5];

export interface Frames {
  frames: Frame[];
  /** Up to here nothing that was wanted is missing. */
  to: Place;
}

/**
 * Pages for readers that come back after what is in memory. Only a few are read at once, however many come back, so
 * that other requests find a connection. Readers that ask for the same page share it.
 */
export class Pages {
  readonly #em: () => Reader;
  readonly #settled: Settled;
  readonly #slices: Slices;
  readonly #asked = new Map<string, Promise<Frames>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #limit = MOST_EVENTS;

  /** @param atOnce how many are read at once */
  constructor(em: () => Reader, settled: Settled, slices: Slices, atOnce: number) {
    this.#em = em;
    this.#settled = settled;
    this.#slices = slices;
    this.#free = atOnce;
  }

  /** @throws DatabaseUnavailableError, LostPlaceError */
  read(after: Place, filter: Filter): Promise<Frames> {
    const key = `${idOf(after)} ${filter.key}`;
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const page = this.#inTurn(() => this.#read(after, filter)).finally(() => this.#asked.delete(key));
    this.#asked.set(key, page);
    return page;
  }

  async #read(after: Place, of: Filter): Promise<Frames> {
    const query = { after, of, types: of.types, limit: this.#limit };
    const { events, readTo } = await readSettledPage(this.#em(), this.#settled, query);
    const frames: Frame[] = [];
    await this.#slices.each(events, (event) => frames.push(frameOf(event)));
    this.#measure(frames);
    return { frames, to: readTo };
  }

  /** Events are about as long as those before. */
  #measure(frames: readonly Frame[]): void {
    if (frames.length === 0) return;
    const average = frames.reduce((sum, { text }) => sum + text.length, 0) / frames.length;
    this.#limit = Math.min(MOST_EVENTS, Math.max(FEWEST_EVENTS, Math.floor(CHUNK_CHARACTERS / average)));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
