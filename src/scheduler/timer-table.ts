import { type Job, scheduleJob } from 'node-schedule';
import type { Clock } from '../base/clock.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { Approach } from './approach.ts';
import { SortedInstants } from './sorted-instants.ts';

/** A one-shot of node-schedule. */
interface Armed {
  atMs: number;
  /** The wall time of this host at which the job is to fire. */
  fireWallMs: number;
  /** The same by the monotonic clock, which the job's timer runs on. */
  fireMonoMs: number;
  job: Job;
}

/** A one-shot that is to fire a moment before its instant may be this wrong, and is still before it. */
const MOST_WRONG_MS = 0.5;
/** The wall clock is told in whole milliseconds, twice. */
const MOST_ROUNDED_MS = 1.5;

/**
 * Instants that have a one-shot of their own at a time. The library keeps its jobs in a sorted array,
 * and each costs it 6 kB and 50 us; what comes after the soonest hundred can wait for that.
 */
const ONE_SHOTS = 100;

/** Within this the last stretch is approached by looking at the clock; beyond it by a timer again. */
const APPROACH_MS = 4;

const FAR_OFF_MS = Date.UTC(9999, 0);

/** The first job of a process takes the library 25 ms, in which nothing rings: before there is anything to ring. */
export function rehearseTimers(): void {
  scheduleJob(new Date(FAR_OFF_MS), () => {})?.cancel();
}

/**
 * The armed instants: one **timer** for each, whatever the number of boundaries there. The soonest have
 * their one-shots at node-schedule already, the others get them when it is their turn. The only file
 * that names node-schedule.
 *
 * node-schedule reads a past date as 'never' and an invalid one as 'every minute for ever', so it is
 * only ever handed a valid Date, and its null is read as 'due now'. A cancelled job can still fire
 * after a step of the clock, so each callback checks that its timer is the armed one.
 *
 * Timers count in whole milliseconds and fire up to two late. So they are set for the millisecond
 * before the instant, and the rest is approached.
 */
export class TimerTable {
  /** The soonest, `ONE_SHOTS` at most. */
  readonly #soon = new Map<number, Armed>();
  /** All others, none of them sooner. */
  readonly #later = new SortedInstants();
  readonly #clock: Clock;
  readonly #database: RemoteClock;
  readonly #onDue: (atMs: number) => void;
  readonly #approach: Approach;

  /**
   * @param database the clock that instants are told by
   * @param onDue called once for an instant (epoch milliseconds) when it is reached
   */
  constructor(clock: Clock, database: RemoteClock, onDue: (atMs: number) => void) {
    this.#clock = clock;
    this.#database = database;
    this.#onDue = onDue;
    this.#approach = new Approach(clock, database, (atMs) => {
      this.#soon.delete(atMs);
      this.#onDue(atMs);
      this.#fill();
    });
  }

  /**
   * Arms an instant, in place of what was armed for it.
   * @returns false when it is due already, as far as this host can tell: nothing is armed then
   */
  arm(atMs: number): boolean {
    if (!(atMs > this.#database.nowMs) || !Number.isFinite(atMs)) {
      this.disarm(atMs);
      return false;
    }
    if (this.#isApproached(atMs)) return true;
    if (!this.#soon.has(atMs) && !this.#makesRoom(atMs)) {
      this.#later.add(atMs);
      return true;
    }
    const isSet = this.#setOneShot(atMs);
    if (!isSet) this.#fill();
    return isSet;
  }

  disarm(atMs: number): void {
    this.#later.delete(atMs);
    this.#cancel(atMs);
    this.#fill();
  }

  /** Keeps only the instants in `keep`. */
  retain(keep: ReadonlySet<number>): void {
    // The later ones first, so that none of them comes forward only to go.
    this.#later.retain(keep);
    for (const atMs of [...this.#soon.keys()]) if (!keep.has(atMs)) this.disarm(atMs);
  }

  /** Disarms the latest ones beyond `limit`. @returns whether there were any */
  trim(limit: number): boolean {
    if (this.size <= limit) return false;
    while (this.#later.size > 0 && this.size > limit) this.#later.pop();
    while (this.size > limit) this.#cancel(this.#latestSoon);
    return true;
  }

  /**
   * Sets anew the timers that will fire within `withinMs`, where the clocks of this host and of the
   * database have moved apart since they were armed.
   */
  realign(withinMs: number): void {
    const untilMs = this.#database.nowMs + withinMs;
    for (const atMs of [...this.#soon.keys()]) {
      if (atMs <= untilMs && !this.arm(atMs)) this.#onDue(atMs);
    }
    this.#approach.next();
  }

  /** While a statement is under way; what is passed meanwhile is due when it has ended. */
  hold(): void {
    this.#approach.hold();
  }

  release(): void {
    this.#approach.release();
  }

  clear(): void {
    this.retain(new Set());
  }

  get size(): number {
    return this.#soon.size + this.#later.size;
  }

  /** The soonest and the latest armed instant, epoch milliseconds; null when none is. */
  get bounds(): { nextMs: number; lastMs: number } | null {
    if (this.size === 0) return null;
    return { nextMs: Math.min(...this.#soon.keys()), lastMs: this.#later.last ?? this.#latestSoon };
  }

  #isApproached(atMs: number): boolean {
    return this.#approach.has(atMs) && atMs - this.#database.nowMs <= APPROACH_MS;
  }

  get #latestSoon(): number {
    return Math.max(...this.#soon.keys());
  }

  /** Whether this instant is among the soonest; who is not any more gives up its one-shot. */
  #makesRoom(atMs: number): boolean {
    if (this.#soon.size < ONE_SHOTS) return true;
    if (atMs >= (this.#later.first ?? Number.POSITIVE_INFINITY) || atMs > this.#latestSoon) return false;
    const deferred = this.#latestSoon;
    this.#cancel(deferred);
    this.#later.add(deferred);
    return true;
  }

  /** The next of the later ones get their one-shots: one comes for one that goes, so nothing has to wait for this. */
  #fill(): void {
    while (this.#soon.size < ONE_SHOTS && this.#later.size > 0) {
      const atMs = this.#later.shift() as number;
      if (!this.#setOneShot(atMs)) this.#onDue(atMs);
    }
  }

  #cancel(atMs: number): void {
    this.#soon.get(atMs)?.job.cancel();
    this.#soon.delete(atMs);
    this.#approach.delete(atMs);
  }

  /** @returns false when it is due before it could be set */
  #setOneShot(atMs: number): boolean {
    const leftMs = atMs - this.#database.nowMs;
    // A whole millisecond and up to one more before the instant.
    const fireWallMs = Math.floor(this.#clock.wallMs() + leftMs) - 1;
    const fireMonoMs = this.#clock.monoMs() + leftMs - 1;
    const existing = this.#soon.get(atMs);
    // By both clocks: where this host and the database step together, only the monotonic one tells.
    const isRight =
      existing !== undefined &&
      Math.abs(existing.fireWallMs - fireWallMs) <= MOST_ROUNDED_MS &&
      Math.abs(existing.fireMonoMs - fireMonoMs) <= MOST_WRONG_MS;
    if (isRight) return true;
    this.#cancel(atMs);
    const armed: Omit<Armed, 'job'> & { job?: Job } = { atMs, fireWallMs, fireMonoMs };
    // Never in the past, where it would be null: what is nearer than a millisecond fires in this one.
    const date = new Date(Math.max(fireWallMs, this.#clock.wallMs() + 1));
    const job: Job | null = scheduleJob(date, () => this.#fired(armed as Armed));
    if (job === null) return false;
    armed.job = job;
    this.#soon.set(atMs, armed as Armed);
    return true;
  }

  #fired(armed: Armed): void {
    const { atMs } = armed;
    if (this.#soon.get(atMs) !== armed) return;
    if (atMs - this.#database.nowMs <= APPROACH_MS) this.#approach.add(atMs);
    else {
      // The wall clock stepped forward, or the clocks drifted: too soon by more than a moment.
      this.#soon.delete(atMs);
      if (!this.arm(atMs)) this.#onDue(atMs);
    }
  }
}
