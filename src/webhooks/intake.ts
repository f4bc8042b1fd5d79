import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../db/database.ts';
import { comparePlaces, type Place } from '../domain/event.ts';
import type { Settled } from '../events/settled.ts';
import { readEndpoint } from './claims.ts';
import type { Endpoint, Parcel } from './endpoint.ts';
import { type Course, type NewParcel, readDue, take } from './parcels.ts';
import { readStretch } from './stretch.ts';
import type { Turns } from './turns.ts';

export interface IntakeOptions {
  /** The instance, in the column owner. */
  self: string;
  leaseMs: number;
  database: Database;
  settled: Settled;
  clock: Clock;
  log: Log;
  /** For statements, so that webhooks take few of the connections for requests. */
  turns: Turns;
  on: {
    /** A statement has prolonged the lease. */
    renewed(id: string): void;
    /** It was edited meanwhile. */
    edited(endpoint: Endpoint): void;
    /** It is no longer ours. */
    lost(): void;
  };
}

/** How many events are taken at a time. */
const TAKEN = 200;
/** If so many were tried and failed, no more are taken: the endpoint must cope with these first. */
const MOST_OPEN = 1000;
/** A place behind which nothing was found is written this often at most. */
const SAVE_EVERY_MS = 1000;

/** What a courier gets to send: deliveries that are due, and then events from the record. */
export class Intake {
  readonly #o: IntakeOptions;
  #endpoint: Endpoint;
  /** As the database has it. */
  #saved: Place;
  #savedMs = Number.NEGATIVE_INFINITY;
  /** There may be more in the record. */
  #hasGrown = true;
  /** Monotonic; when deliveries are due that are not in hand. */
  #dueMs = 0;
  #open = 0;

  constructor(options: IntakeOptions, endpoint: Endpoint) {
    this.#o = options;
    this.#endpoint = endpoint;
    this.#saved = endpoint.readTo;
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** Monotonic; when there is something to take; Infinity: not before there is news. */
  get dueMs(): number {
    return this.#mayTake ? 0 : this.#dueMs;
  }

  adopt(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#saved = endpoint.readTo;
    this.dueAt(0);
    this.grown();
  }

  /** The record may have grown. */
  grown(): void {
    this.#hasGrown = true;
  }

  /** Some delivery is due at this time, monotonic. */
  dueAt(ms: number): void {
    this.#dueMs = Math.min(this.#dueMs, ms);
  }

  /** One is done with. */
  done(): void {
    this.#open -= 1;
  }

  /** The oldest that is pending, whether it is due or not, or else the next event. */
  async forProbe(inHand: readonly string[]): Promise<Parcel[]> {
    const due = await this.#readDue(inHand, 1, true);
    return due.length === 0 && this.#mayTake ? this.#take(1) : due;
  }

  /** What is due, or else what is next in the record. */
  async more(inHand: readonly string[]): Promise<Parcel[]> {
    if (this.#o.clock.monoMs() >= this.#dueMs) {
      const due = await this.#readDue(inHand, TAKEN, false);
      if (due.length > 0) return due;
    }
    return this.#mayTake ? this.#take(TAKEN) : [];
  }

  /** Writes a place behind which nothing was found, now and then. @returns how long to wait for that; Infinity: it is written */
  async save(): Promise<number> {
    const { readTo } = this.#endpoint;
    if (this.#hasGrown || comparePlaces(readTo, this.#saved) === 0) return Number.POSITIVE_INFINITY;
    const waitMs = this.#savedMs + SAVE_EVERY_MS - this.#o.clock.monoMs();
    if (waitMs > 0) return waitMs;
    await this.#write(this.#endpoint, this.#endpoint, []);
    return Number.POSITIVE_INFINITY;
  }

  get #mayTake(): boolean {
    return this.#hasGrown && this.#open < MOST_OPEN;
  }

  async #readDue(inHand: readonly string[], most: number, isProbe: boolean): Promise<Parcel[]> {
    const { turns, database, clock } = this.#o;
    const startedMs = clock.monoMs();
    this.#dueMs = Number.POSITIVE_INFINITY;
    try {
      const found = await turns.take(() => readDue(database, this.#endpoint.id, inHand, most, isProbe));
      this.#open = found.open;
      if (found.due.length === most) this.dueAt(0);
      else if (found.nextInMs !== null) this.dueAt(startedMs + found.nextInMs);
      return found.due;
    } catch (error) {
      this.#dueMs = 0;
      throw error;
    }
  }

  async #take(limit: number): Promise<Parcel[]> {
    const { database, settled, clock, turns, log } = this.#o;
    const endpoint = this.#endpoint;
    this.#hasGrown = false;
    try {
      const pause = (): Promise<void> => clock.sleep(0);
      const stretch = await turns.take(() => readStretch(database.em(), settled, endpoint, limit, pause));
      const { parcels, next, isEnd, lost } = stretch;
      if (!isEnd) this.#hasGrown = true;
      if (lost !== null) {
        log.warn(
          { event: 'webhook_lost', webhook: endpoint.id, lost },
          'webhook: events were pruned before it had them',
        );
      }
      const isElsewhere = next.resumeTo !== endpoint.resumeTo || lost !== null;
      if (parcels.length > 0 || isElsewhere) return await this.#write(endpoint, next, parcels);
      if (this.#endpoint === endpoint) this.#endpoint = { ...endpoint, ...next };
      return [];
    } catch (error) {
      this.#hasGrown = true;
      throw error;
    }
  }

  async #write(endpoint: Endpoint, next: Course, parcels: readonly NewParcel[]): Promise<Parcel[]> {
    const { database, turns, self, leaseMs, clock, on } = this.#o;
    const from = { ...endpoint, readTo: this.#saved };
    const ids = await turns.take(() => take(database, self, leaseMs, from, next, parcels));
    if (ids === null) {
      await this.#reload();
      return [];
    }
    on.renewed(endpoint.id);
    this.#savedMs = clock.monoMs();
    this.#open += ids.length;
    if (this.#endpoint.version === endpoint.version) {
      const { readTo, replayTo, resumeTo } = next;
      this.#endpoint = { ...this.#endpoint, readTo, replayTo, resumeTo };
      this.#saved = readTo;
    }
    return parcels.map(({ number, n, type, about, body }, i) => ({
      ...{ id: ids[i] ?? '', place: { number, n }, type, about, body, attempts: 0, triedForMs: null },
    }));
  }

  /** It was edited meanwhile, or is no longer ours. */
  async #reload(): Promise<void> {
    const { turns, database, self, on } = this.#o;
    const found = await turns.take(() => readEndpoint(database, this.#endpoint.id, self));
    if (found?.isMine === true) on.edited(found.endpoint);
    else on.lost();
  }
}
