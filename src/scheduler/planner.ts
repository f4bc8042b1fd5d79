import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Queryable } from '../db/database.ts';
import { type Outstanding, readHorizon, readOutstanding } from '../db/leading/horizon.ts';
import type { Term } from '../db/leading/term.ts';
import { DueInstants } from './due-instants.ts';
import type { RingQueue } from './ring-queue.ts';
import type { StuckStages } from './stuck-stages.ts';
import type { TermHealth } from './term-health.ts';
import type { TimerTable } from './timer-table.ts';

/** Instants asked about in one read. */
const CHUNK = 500;
/** Instants further off than this are gathered, and asked about together. */
const SOON_MS = 1000;
/** For so long after a quiet time. */
const GATHER_MS = 20;
/** And at most this often, so that a storm of edits costs the leader and the database a few reads a second. */
const BETWEEN_GATHERED_MS = 200;
/** Samples of the database's clock at the start of a term. The first is poor: it waits for a connection and a plan. */
const FIRST_SAMPLES = 4;
/** Timers that fire within this are corrected if the clocks have drifted apart. Later heartbeats correct the others. */
const ALIGNED_LEASES = 3;
/** When this share of the horizon is left, it is read again. That takes a moment, in which more of it may ring. */
const REFILL_BELOW = 1 / 2;
/** A failed read is tried again after the first pause. Each further pause is twice as long, up to the second. */
const RETRY_MS = [20, 1000] as const;

export interface PlannerOptions {
  /** For reading what to arm. */
  db: Queryable;
  timers: TimerTable;
  /** Told of instants that turn out to be due. */
  queue: RingQueue;
  /** No timers are armed for these. */
  stuck: StuckStages;
  /** Instants armed at most. */
  horizon: number;
  leaseMs: number;
  term: Term;
  health: TermHealth;
  /** Each read adds a sample. */
  databaseClock: RemoteClock;
  clock: Clock;
  log: Log;
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
  readonly #o: PlannerOptions;
  readonly #flight: SingleFlight;
  readonly #due: DueInstants;
  readonly #startedMs: number;
  #touched = new Set<number>();
  /** Touched and far off: asked about together, a little later. */
  readonly #gathered = new Set<number>();
  #gathering: Timer | null = null;
  /** When they were last asked about, monotonic. */
  #gatheredMs = Number.NEGATIVE_INFINITY;
  #isResyncWanted = false;
  /** Nothing is planned until a sweep has ended. Then the whole horizon is read. */
  #isAwaitingSweep = true;
  #hasPlanned = false;
  /** The first samples of the database's clock; null: not asked for yet, or failed. */
  #samples: Promise<void> | null = null;
  /** Every outstanding instant up to this one is armed; null: all are. */
  #horizonMs: number | null = null;

  constructor(options: PlannerOptions) {
    this.#o = options;
    this.#due = new DueInstants(options);
    this.#startedMs = options.clock.monoMs();
    const isWanted = () => this.#isResyncWanted || this.#touched.size > 0;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(...RETRY_MS), options.clock);
  }

  /** The advance has run for these instants. Something may be left there, or still to come. */
  advanced(instants: readonly number[]): void {
    if (!this.#isAwaitingSweep) this.#touch(instants);
    else {
      this.#isAwaitingSweep = false;
      this.#resync();
    }
  }

  /** An edit touched these instants; null: it may be any. */
  edited(instants: readonly number[] | null): void {
    // When the sweep has ended everything is read, this edit included.
    if (this.#isAwaitingSweep) return;
    if (instants === null) this.#resync();
    else this.#touch(instants);
  }

  /** Time or news may have been missed: plan nothing until a sweep has ended, and then everything. */
  awaitSweep(): void {
    this.#isAwaitingSweep = true;
  }

  /** A new sample of the database's clock came in: correct the timers that fire next. */
  align(): void {
    this.#o.timers.realign(ALIGNED_LEASES * this.#o.leaseMs);
  }

  /** Takes the first samples of the clock while the first sweep runs. The first plan needs them. */
  prepare(): void {
    this.#sampled().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#due.stop();
    this.#gathering?.cancel();
    await Promise.all([this.#flight.stop(), this.#samples?.catch(() => {})]);
  }

  #touch(instants: readonly number[]): void {
    if (this.#flight.isStopped) return;
    const { databaseClock, clock } = this.#o;
    const soonMs = databaseClock.nowMs + SOON_MS;
    for (const atMs of instants) (atMs > soonMs ? this.#gathered : this.#touched).add(atMs);
    if (this.#touched.size > 0) this.#flight.start();
    if (this.#gathered.size === 0) return;
    const waitMs = Math.max(GATHER_MS, this.#gatheredMs + BETWEEN_GATHERED_MS - clock.monoMs());
    this.#gathering ??= clock.after(waitMs, () => this.#askAboutGathered());
  }

  #resync(): void {
    this.#isResyncWanted = true;
    this.#flight.start();
  }

  #askAboutGathered(): void {
    for (const atMs of this.#gathered) this.#touched.add(atMs);
    this.#gathered.clear();
    this.#gatheredMs = this.#o.clock.monoMs();
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
      // After a resync too: its horizon is limited, and may not reach these.
      if (instants.length > 0) await this.#planSome(instants);
      this.#o.health.tried('plan', null);
    } catch (error) {
      this.#o.health.tried('plan', error);
      this.#o.log.warn({ event: 'plan_failed', error: messageOf(error) }, 'could not read what to arm, trying again');
      for (const atMs of instants) this.#touched.add(atMs);
      this.#isResyncWanted ||= isResync;
      throw error;
    }
  }

  /** By an open connection and a planned statement: no timer is set by a poor sample. */
  #sampled(): Promise<void> {
    const sample = async (): Promise<void> => {
      for (let i = 0; i < FIRST_SAMPLES && !this.#flight.isStopped; i++)
        await this.#read(() => readOutstanding(this.#o.db, []));
    };
    this.#samples ??= sample().catch((error) => {
      this.#samples = null;
      throw error;
    });
    return this.#samples;
  }

  async #planAll(): Promise<void> {
    const { db, timers, stuck, horizon: limit } = this.#o;
    await this.#sampled();
    const horizon = await this.#read(() => readHorizon(db, limit, stuck.leftOut));
    if (this.#flight.isStopped) return;
    const { instants, databaseMs } = horizon;
    const isWhole = instants.filter((atMs) => atMs > databaseMs).length < limit;
    this.#horizonMs = isWhole ? null : (instants.at(-1) ?? null);
    const outstanding = new Set(instants);
    timers.retain(outstanding);
    this.#due.retain(outstanding);
    this.#arm(horizon);
    if (!this.#hasPlanned) this.#logFirstPlan();
    this.#hasPlanned = true;
  }

  #logFirstPlan(): void {
    const { term, timers, clock, log } = this.#o;
    const tookMs = Math.round(clock.monoMs() - this.#startedMs);
    log.info({ event: 'armed', term: term.epoch, instants: timers.size, took_ms: tookMs }, 'swept and armed');
  }

  async #planSome(touched: readonly number[]): Promise<void> {
    const { db, timers, stuck, horizon: limit } = this.#o;
    const outstanding = await this.#read(() => readOutstanding(db, touched, stuck.leftOut));
    if (this.#flight.isStopped) return;
    const still = new Set(outstanding.instants);
    for (const atMs of touched) {
      if (still.has(atMs)) continue;
      timers.disarm(atMs);
      this.#due.delete(atMs);
    }
    const horizonMs = this.#horizonMs ?? Number.POSITIVE_INFINITY;
    this.#arm({ ...outstanding, instants: outstanding.instants.filter((atMs) => atMs <= horizonMs) });
    if (timers.trim(limit)) this.#horizonMs = timers.bounds?.lastMs ?? null;
    if (this.#horizonMs !== null && timers.size < limit * REFILL_BELOW) this.#isResyncWanted = true;
  }

  /** Each read is also a sample of the database's clock. */
  async #read(work: () => Promise<Outstanding>): Promise<Outstanding> {
    const { databaseClock, clock } = this.#o;
    const sentMs = clock.monoMs();
    const outstanding = await work();
    databaseClock.add({ remoteMs: outstanding.databaseMs, sentMs, receivedMs: clock.monoMs() });
    this.align();
    return outstanding;
  }

  #arm({ instants, databaseMs }: Outstanding): void {
    for (const atMs of instants) {
      if (atMs > databaseMs && this.#o.timers.arm(atMs)) this.#due.delete(atMs);
      else this.#due.add(atMs);
    }
  }
}
