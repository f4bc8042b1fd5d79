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
 * One-shots are set for this long before their instant. Timers count in whole milliseconds and may fire up to two late.
 * The rest is approached by reading the clock.
 */
const BEFORE_MS = 1;
/** A one-shot that is off by no more than this is left as it is: it still fires before its instant. */
const MOST_WRONG_MS = BEFORE_MS / 2;
/**
 * The same by the wall clock. It shows whole milliseconds, and is read twice: when the one-shot was set, and now. So
 * the two can differ by one more although nothing has changed.
 */
const MOST_ROUNDED_MS = MOST_WRONG_MS + 1;
/** How far a date must be ahead of the wall clock. node-schedule never runs one that is not. */
const NEXT_MS = 1;

/** At most so many instants have a one-shot. Each costs the library 6 kB, and 50 us to put into its sorted array. */
const ONE_SHOTS = 100;

/** An instant that is this near when its one-shot fires is approached. One that is farther gets another one-shot. */
const APPROACH_MS = 4;

const FAR_OFF_MS = Date.UTC(9999, 0);

/** The first job of a process takes the library 25 ms, in which nothing rings. So make one before anything is armed. */
export function rehearseTimers(): void {
  scheduleJob(new Date(FAR_OFF_MS), () => {})?.cancel();
}

/**
 * The armed instants: one **timer** for each, however many boundaries are there. The soonest have one-shots at
 * node-schedule; the others get theirs when it is their turn. The only file that names node-schedule.
 *
 * node-schedule reads a past date as 'never', and an invalid one as 'every minute for ever'. So it is only handed valid
 * dates, and its null is read as 'due now'. A cancelled job can still fire after a step of the clock, so each callback
 * checks that its timer is the armed one.
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
   * @param databaseClock by which instants are judged
   * @param queue told once of each instant, when it is reached
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
   * Arms an instant, replacing what was armed for it.
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
    // The later ones first, so that none of them gets a one-shot only to lose it.
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
   * Corrects the timers that will fire within `withinMs`, if the clocks of this host and of the database have drifted
   * apart since they were armed.
   */
  realign(withinMs: number): void {
    const untilMs = this.#databaseClock.nowMs + withinMs;
    for (const atMs of [...this.#soon.keys()]) {
      if (atMs <= untilMs && !this.arm(atMs)) this.#queue.ring(atMs);
    }
    this.#approach.next();
  }

  /** A statement is under way. Instants that pass meanwhile ring when it has ended. */
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

  /** Whether this instant is among the soonest. If so, the one that it displaces gives up its one-shot. */
  #makesRoom(atMs: number): boolean {
    if (this.#soon.size < ONE_SHOTS) return true;
    if (atMs >= (this.#later.first ?? Number.POSITIVE_INFINITY) || atMs > this.#latestSoon) return false;
    const deferred = this.#latestSoon;
    this.#cancel(deferred);
    this.#later.add(deferred);
    return true;
  }

  /** Gives one-shots to the next of the later ones. As they go one by one, nothing has to wait long for this. */
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
    // By both clocks: if this host and the database step together, only the monotonic one shows it.
    const isRight =
      existing !== undefined &&
      Math.abs(existing.fireWallMs - fireWallMs) <= MOST_ROUNDED_MS &&
      Math.abs(existing.fireMonoMs - fireMonoMs) <= MOST_WRONG_MS;
    if (isRight) return true;
    this.#cancel(atMs);
    const armed: Omit<Armed, 'job'> & { job?: Job } = { atMs, fireWallMs, fireMonoMs };
    // Never in the past, for which node-schedule returns null: what is nearer than this fires a moment late.
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
      // Much too soon: the wall clock stepped forward, or the clocks drifted apart.
      this.#soon.delete(atMs);
      if (!this.arm(atMs)) this.#queue.ring(atMs);
    }
  }
}
