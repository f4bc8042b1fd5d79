import { type Job, scheduleJob } from 'node-schedule';
import type { Clock } from '../base/clock.ts';

interface Armed {
  atMs: number;
  /** The wall time of this host at which the job is to fire. */
  fireWallMs: number;
  job: Job;
}

/**
 * The armed one-shots: one **timer** per instant, whatever the number of boundaries there. The only
 * file that names node-schedule.
 *
 * node-schedule reads a past date as 'never' and an invalid one as 'every minute for ever', so it is
 * only ever handed a valid Date, and its null is read as 'due now'. A cancelled job can still fire
 * after a step of the clock, so each callback checks that its timer is the armed one.
 */
export class TimerTable {
  readonly #armed = new Map<number, Armed>();
  readonly #clock: Clock;
  readonly #onDue: (atMs: number) => void;

  /** @param onDue called once for an instant (epoch milliseconds) when its timer fires */
  constructor(clock: Clock, onDue: (atMs: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /**
   * Arms an instant, in place of what was armed for it.
   * @param inMs how far away it is by the database's clock
   * @returns false when it is due already: nothing is armed then
   */
  arm(atMs: number, inMs: number): boolean {
    const existing = this.#armed.get(atMs);
    // Rounded up: a timer that fires a little late needs no second round trip.
    const fireWallMs = Math.ceil(this.#clock.wallMs() + inMs);
    if (existing !== undefined && Math.abs(existing.fireWallMs - fireWallMs) <= 1 && inMs > 0) return true;
    this.disarm(atMs);
    if (!(inMs > 0) || !Number.isFinite(fireWallMs)) return false;
    const armed: { atMs: number; fireWallMs: number; job?: Job } = { atMs, fireWallMs };
    const job: Job | null = scheduleJob(new Date(fireWallMs), () => {
      if (this.#armed.get(atMs) !== armed) return;
      this.#armed.delete(atMs);
      this.#onDue(atMs);
    });
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
   * Corrects the timers that will fire within `withinMs` where the clocks of this host and of the
   * database have drifted apart since they were armed.
   * @param offsetMs database clock minus this host's wall clock
   */
  realign(offsetMs: number, withinMs: number, toleranceMs: number): void {
    const nowMs = this.#clock.wallMs();
    for (const { atMs, fireWallMs } of [...this.#armed.values()]) {
      if (fireWallMs - nowMs > withinMs) continue;
      const rightMs = atMs - offsetMs;
      if (Math.abs(rightMs - fireWallMs) <= 1 + toleranceMs) continue;
      if (!this.arm(atMs, rightMs - nowMs)) this.#onDue(atMs);
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
}
