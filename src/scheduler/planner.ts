import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Queryable } from '../db/database.ts';
import { type Outstanding, readHorizon, readOutstanding } from '../db/leading/horizon.ts';
import type { TimerTable } from './timer-table.ts';

/** Instants asked about in one read. */
const CHUNK = 500;
/**
 * What is further off than this can wait for others: a moment after a quiet time, longer in a storm of
 * edits, which then costs the leader and the database a few reads a second.
 */
const SOON_MS = 1000;
const GATHER_MS = 20;
const BETWEEN_GATHERED_MS = 200;
/** Of the database's clock, at the beginning of a term: the first has a connection to wait for, and a plan. */
const FIRST_SAMPLES = 4;
/** What is passed by for so long is held by somebody, and not just on its way. */
const HELD_MS = 1000;

export interface PlannerEvents {
  /** Something is outstanding at this instant and it is due. */
  onDue(atMs: number): void;
  /** A new sample of the database's clock came in. */
  onSample(): void;
  /** It could be read what to arm, or could not: with the error. */
  onRead(error: unknown): void;
  /** Stages have been due for a while and the advance passes them by; or do so no more. */
  onHeld(isHeld: boolean): void;
  /** The first whole plan of this term is in place. */
  onPlanned(instants: number): void;
}

/**
 * Keeps the timer table in step with the database, for one term. Everything goes one way: an
 * instant is *touched* (an edit named it, its timer fired, an advance ran for it), the database is
 * asked what is outstanding there, and its timer is armed or disarmed accordingly. So an edit
 * anywhere, a timer that fired a moment early and a row that was locked need no paths of their own.
 *
 * The **horizon**: the earliest `limit` instants are armed; when half of them are gone, it is read
 * again. Beyond it the database remembers.
 */
export class Planner {
  readonly #db: Queryable;
  readonly #timers: TimerTable;
  readonly #limit: number;
  readonly #databaseClock: RemoteClock;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #leftOut: () => readonly string[];
  readonly #events: PlannerEvents;
  readonly #flight: SingleFlight;
  /** Grows while the same rows stay locked, so that one sleeping psql session costs little. */
  readonly #lookAgain = new Backoff(1, 250);
  #looking: Timer | null = null;
  /** Since when something due has been passed by, monotonic; null: nothing is. */
  #heldSinceMs: number | null = null;
  /** Instants that were due when last looked at. */
  readonly #due = new Set<number>();
  #touched = new Set<number>();
  /** Touched, far off, and not asked about yet. */
  readonly #gathered = new Set<number>();
  #gathering: Timer | null = null;
  /** When they were last asked about, monotonic. */
  #gatheredMs = Number.NEGATIVE_INFINITY;
  #isResyncWanted = false;
  #hasPlanned = false;
  /** Of the database's clock, at the beginning of the term; null: not asked for, or failed. */
  #samples: Promise<void> | null = null;
  /** The last instant that is certain to be armed if outstanding; null: all of them are. */
  #horizonMs: number | null = null;

  /** @param leftOut ids of stages that are stuck: nothing is armed for them */
  constructor(
    db: Queryable,
    timers: TimerTable,
    limit: number,
    databaseClock: RemoteClock,
    clock: Clock,
    log: Log,
    leftOut: () => readonly string[],
    events: PlannerEvents,
  ) {
    this.#db = db;
    this.#timers = timers;
    this.#limit = limit;
    this.#databaseClock = databaseClock;
    this.#clock = clock;
    this.#log = log;
    this.#leftOut = leftOut;
    this.#events = events;
    const isWanted = () => this.#isResyncWanted || this.#touched.size > 0;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(20, 1000), clock);
  }

  /** Something may have changed at these instants. */
  touch(instants: readonly number[]): void {
    if (this.#flight.isStopped) return;
    const soonMs = this.#databaseClock.nowMs + SOON_MS;
    for (const atMs of instants) (atMs > soonMs ? this.#gathered : this.#touched).add(atMs);
    if (this.#touched.size > 0) this.#flight.start();
    if (this.#gathered.size === 0) return;
    const waitMs = Math.max(GATHER_MS, this.#gatheredMs + BETWEEN_GATHERED_MS - this.#clock.monoMs());
    this.#gathering ??= this.#clock.after(waitMs, () => this.#askAboutGathered());
  }

  /** Anything may have changed: read the whole horizon and arm it afresh. */
  resync(): void {
    this.#isResyncWanted = true;
    this.#flight.start();
  }

  /** What the first plan needs beside the database's state, and can be had while the sweep runs. */
  prepare(): void {
    this.#sampled().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#looking?.cancel();
    this.#gathering?.cancel();
    await Promise.all([this.#flight.stop(), this.#samples?.catch(() => {})]);
  }

  #askAboutGathered(): void {
    for (const atMs of this.#gathered) this.#touched.add(atMs);
    this.#gathered.clear();
    this.#gatheredMs = this.#clock.monoMs();
    this.#gathering = null;
    this.#flight.start();
  }

  async #once(): Promise<void> {
    const isResync = this.#isResyncWanted;
    const instants = [...this.#touched].slice(0, CHUNK);
    for (const atMs of instants) this.#touched.delete(atMs);
    this.#isResyncWanted = false;
    try {
      if (isResync) await this.#planAll();
      // After a resync too: it may not reach as far as what was touched is due now.
      if (instants.length > 0) await this.#planSome(instants);
      this.#events.onRead(null);
    } catch (error) {
      this.#events.onRead(error);
      this.#log.warn({ event: 'plan_failed', error: messageOf(error) }, 'could not read what to arm, trying again');
      for (const atMs of instants) this.#touched.add(atMs);
      this.#isResyncWanted ||= isResync;
      throw error;
    }
  }

  /** Samples of a connection that is open and a statement that is prepared: nothing is armed by a poor one. */
  #sampled(): Promise<void> {
    const sample = async (): Promise<void> => {
      for (let i = 0; i < FIRST_SAMPLES && !this.#flight.isStopped; i++)
        await this.#read(() => readOutstanding(this.#db, []));
    };
    this.#samples ??= sample().catch((error) => {
      this.#samples = null;
      throw error;
    });
    return this.#samples;
  }

  async #planAll(): Promise<void> {
    await this.#sampled();
    const horizon = await this.#read(() => readHorizon(this.#db, this.#limit, this.#leftOut()));
    if (this.#flight.isStopped) return;
    const { instants, databaseMs } = horizon;
    const isWhole = instants.filter((atMs) => atMs > databaseMs).length < this.#limit;
    this.#horizonMs = isWhole ? null : (instants.at(-1) ?? null);
    const outstanding = new Set(instants);
    this.#timers.retain(outstanding);
    for (const atMs of [...this.#due]) if (!outstanding.has(atMs)) this.#settled(atMs);
    this.#arm(horizon);
    if (!this.#hasPlanned) this.#events.onPlanned(this.#timers.size);
    this.#hasPlanned = true;
  }

  async #planSome(touched: readonly number[]): Promise<void> {
    const outstanding = await this.#read(() => readOutstanding(this.#db, touched, this.#leftOut()));
    if (this.#flight.isStopped) return;
    const still = new Set(outstanding.instants);
    for (const atMs of touched) {
      if (still.has(atMs)) continue;
      this.#timers.disarm(atMs);
      this.#settled(atMs);
    }
    const horizonMs = this.#horizonMs ?? Number.POSITIVE_INFINITY;
    this.#arm({ ...outstanding, instants: outstanding.instants.filter((atMs) => atMs <= horizonMs) });
    if (this.#timers.trim(this.#limit)) this.#horizonMs = this.#timers.bounds?.lastMs ?? null;
    if (this.#horizonMs !== null && this.#timers.size < this.#limit / 2) this.#isResyncWanted = true;
  }

  /** Each reading is also a sample of the database's clock. */
  async #read(work: () => Promise<Outstanding>): Promise<Outstanding> {
    const sentMs = this.#clock.monoMs();
    const outstanding = await work();
    this.#databaseClock.add({ remoteMs: outstanding.databaseMs, sentMs, receivedMs: this.#clock.monoMs() });
    this.#events.onSample();
    return outstanding;
  }

  #arm({ instants, databaseMs }: Outstanding): void {
    for (const atMs of instants) {
      if (atMs > databaseMs && this.#timers.arm(atMs)) this.#settled(atMs);
      else if (!this.#due.has(atMs)) {
        this.#due.add(atMs);
        this.#events.onDue(atMs);
      } else this.#lookAgainSoon();
    }
  }

  /** Due, rung, and still there: somebody holds the row. Less and less often, and once for all of them. */
  #lookAgainSoon(): void {
    this.#heldSinceMs ??= this.#clock.monoMs();
    if (this.#clock.monoMs() - this.#heldSinceMs >= HELD_MS) this.#events.onHeld(true);
    this.#looking ??= this.#clock.after(this.#lookAgain.next(), () => {
      this.#looking = null;
      if (this.#flight.isStopped) return;
      for (const atMs of this.#due) this.#events.onDue(atMs);
    });
  }

  #settled(atMs: number): void {
    if (!this.#due.delete(atMs) || this.#due.size > 0) return;
    this.#lookAgain.reset();
    this.#heldSinceMs = null;
    this.#events.onHeld(false);
  }
}
