import { type Job, scheduleJob } from 'node-schedule';
import type { Clock } from '../base/clock.ts';
import type { RemoteClock } from '../base/remote-clock.ts';

interface Armed {
  atMs: number;
  /** The wall time of this host at which the job is to fire. */
  fireWallMs: number;
  /** The same by the monotonic clock, which the job's timer runs on. */
  fireMonoMs: number;
  job: Job;
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1.5;

/** Within this the last stretch is approached by looking at the clock; beyond it by a timer again. */
const APPROACH_MS = 4;

/**
 * The armed one-shots: one **timer** per instant, whatever the number of boundaries there. The only
 * file that names node-schedule.
 *
 * node-schedule reads a past date as 'never' and an invalid one as 'every minute for ever', so it is
 * only ever handed a valid Date, and its null is read as 'due now'. A cancelled job can still fire
 * after a step of the clock, so each callback checks that its timer is the armed one.
 *
 * Timers count in whole milliseconds and fire up to two late. So they are set for the millisecond
 * before the instant, and the rest is approached.
 */
export class TimerTable {
  readonly #armed = new Map<number, Armed>();
  readonly #clock: Clock;
  readonly #database: RemoteClock;
  readonly #onDue: (atMs: number) => void;

  /**
   * @param database the clock that instants are told by
   * @param onDue called once for an instant (epoch milliseconds) when it is reached
   */
  constructor(clock: Clock, database: RemoteClock, onDue: (atMs: number) => void) {
    this.#clock = clock;
    this.#database = database;
    this.#onDue = onDue;
  }

  /**
   * Arms an instant, in place of what was armed for it.
   * @returns false when it is due already, as far as this host can tell: nothing is armed then
   */
  arm(atMs: number): boolean {
    const leftMs = atMs - this.#database.nowMs;
    // A whole millisecond and up to one more before the instant.
    const fireWallMs = Math.floor(this.#clock.wallMs() + leftMs) - 1;
    const fireMonoMs = this.#clock.monoMs() + leftMs - 1;
    const existing = this.#armed.get(atMs);
    // By both clocks: where this host and the database step together, only the monotonic one tells.
    if (existing !== undefined && isNear(existing.fireWallMs, fireWallMs) && isNear(existing.fireMonoMs, fireMonoMs)) {
      return true;
    }
    this.disarm(atMs);
    if (!(leftMs > 0) || !Number.isFinite(atMs)) return false;
    const armed: Omit<Armed, 'job'> & { job?: Job } = { atMs, fireWallMs, fireMonoMs };
    // Never in the past, where it would be null: what is nearer than a millisecond fires in this one.
    const date = new Date(Math.max(fireWallMs, this.#clock.wallMs() + 1));
    const job: Job | null = scheduleJob(date, () => this.#fired(armed as Armed));
    if (job === null) return false;
    armed.job = job;
    this.#armed.set(atMs, armed as Armed);
    return true;
  }

  disarm(atMs: number): void {
    this.#armed.get(atMs)?.job.cancel();
    this.#armed.delete(atMs);
  }

  /** Keeps only the instants in `keep`. */
  retain(keep: ReadonlySet<number>): void {
    for (const atMs of [...this.#armed.keys()]) if (!keep.has(atMs)) this.disarm(atMs);
  }

  /** Disarms the latest ones beyond `limit`. @returns whether there were any */
  trim(limit: number): boolean {
    if (this.size <= limit) return false;
    const latestFirst = [...this.#armed.keys()].sort((a, b) => b - a);
    for (const atMs of latestFirst.slice(0, this.size - limit)) this.disarm(atMs);
    return true;
  }

  /**
   * Sets anew the timers that will fire within `withinMs`, where the clocks of this host and of the
   * database have moved apart since they were armed.
   */
  realign(withinMs: number): void {
    const untilMs = this.#database.nowMs + withinMs;
    for (const atMs of [...this.#armed.keys()]) {
      if (atMs <= untilMs && !this.arm(atMs)) this.#onDue(atMs);
    }
  }

  clear(): void {
    this.retain(new Set());
  }

  get size(): number {
    return this.#armed.size;
  }

  /** The soonest and the latest armed instant, epoch milliseconds; null when none is. */
  get bounds(): { nextMs: number; lastMs: number } | null {
    let nextMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const atMs of this.#armed.keys()) {
      if (atMs < nextMs) nextMs = atMs;
      if (atMs > lastMs) lastMs = atMs;
    }
    return this.size === 0 ? null : { nextMs, lastMs };
  }

  #fired(armed: Armed): void {
    const { atMs } = armed;
    if (this.#armed.get(atMs) !== armed) return;
    const leftMs = atMs - this.#database.nowMs;
    if (leftMs > APPROACH_MS) {
      // The wall clock stepped forward, or the clocks drifted: too soon by more than a moment.
      this.#armed.delete(atMs);
      if (!this.arm(atMs)) this.#onDue(atMs);
      return;
    }
    this.#clock.approach(this.#clock.monoMs() + leftMs, () => {
      if (this.#armed.get(atMs) !== armed) return;
      this.#armed.delete(atMs);
      this.#onDue(atMs);
    });
  }
}
