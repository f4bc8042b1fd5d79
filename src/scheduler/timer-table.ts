import { type Job, scheduleJob } from 'node-schedule';
import type { Clock } from '../base/clock.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import { Approach } from './approach.ts';
import type { RingQueue } from './ring-queue.ts';
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

/**
 * One-shots are set for this long before their instant. Timers count in whole milliseconds, and may fire up to two
 * late: what is left is approached by looking at the clock.
 */
const BEFORE_MS = 1;
/** A one-shot may turn out to be this wrong and stay as it is: half of the above, so it still fires before its instant. */
const MOST_WRONG_MS = BEFORE_MS / 2;
/**
 * The same by the wall clock, which says whole milliseconds: once when the one-shot was set and once now. So the two can
 * differ by one more although nothing has changed.
 */
const MOST_ROUNDED_MS = MOST_WRONG_MS + 1;
/** The least that a date can be ahead of the wall clock. node-schedule never runs what is not ahead. */
const NEXT_MS = 1;

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
 * When an instant is reached it rings: it asks `queue` for an advance.
 */
export class TimerTable {
  /** The soonest, `ONE_SHOTS` at most. */
  readonly #soon = new Map<number, Armed>();
  /** All others, none of them sooner. */
  readonly #later = new SortedInstants();
  readonly #clock: Clock;
  readonly #databaseClock: RemoteClock;
  readonly #queue: Pick<RingQueue, 'ring'>;
  readonly #approach: Approach;

  /**
   * @param databaseClock that instants are told by
   * @param queue asked once for an instant, when it is reached
   */
  constructor(clock: Clock, databaseClock: RemoteClock, queue: Pick<RingQueue, 'ring'>) {
    this.#clock = clock;
    this.#databaseClock = databaseClock;
    this.#queue = queue;
    this.#approach = new Approach(clock, databaseClock, (atMs) => {
      this.#soon.delete(atMs);
      this.#queue.ring(atMs);
      this.#fill();
    });
  }

  /**
   * Arms an instant, in place of what was armed for it.
   * @returns false when it is due already, as far as this host can tell: nothing is armed then
   */
  arm(atMs: number): boolean {
    if (!(atMs > this.#databaseClock.nowMs) || !Number.isFinite(atMs)) {
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
    const untilMs = this.#databaseClock.nowMs + withinMs;
    for (const atMs of [...this.#soon.keys()]) {
      if (atMs <= untilMs && !this.arm(atMs)) this.#queue.ring(atMs);
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
    return this.#approach.has(atMs) && atMs - this.#databaseClock.nowMs <= APPROACH_MS;
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
      if (!this.#setOneShot(atMs)) this.#queue.ring(atMs);
    }
  }

  #cancel(atMs: number): void {
    this.#soon.get(atMs)?.job.cancel();
    this.#soon.delete(atMs);
    this.#approach.delete(atMs);
  }

  /** @returns false when it is due before it could be set */
  #setOneShot(atMs: number): boolean {
    const leftMs = atMs - this.#databaseClock.nowMs;
    // Rounded down, so up to a millisecond earlier than that.
    const fireWallMs = Math.floor(this.#clock.wallMs() + leftMs) - BEFORE_MS;
    const fireMonoMs = this.#clock.monoMs() + leftMs - BEFORE_MS;
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
    const date = new Date(Math.max(fireWallMs, this.#clock.wallMs() + NEXT_MS));
    const job: Job | null = scheduleJob(date, () => this.#fired(armed as Armed));
    if (job === null) return false;
    armed.job = job;
    this.#soon.set(atMs, armed as Armed);
    return true;
  }

  #fired(armed: Armed): void {
    const { atMs } = armed;
    if (this.#soon.get(atMs) !== armed) return;
    if (atMs - this.#databaseClock.nowMs <= APPROACH_MS) this.#approach.add(atMs);
    else {
      // The wall clock stepped forward, or the clocks drifted: too soon by more than a moment.
      this.#soon.delete(atMs);
      if (!this.arm(atMs)) this.#queue.ring(atMs);
    }
  }
}
