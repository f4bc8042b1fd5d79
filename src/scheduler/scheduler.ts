import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import type { Queryable } from '../db/database.ts';
import type { DealtWith } from '../db/leading/heartbeat.ts';
import type { Term } from '../db/leading/term.ts';
import { Advancer } from './advancer.ts';
import type { MovedListener } from './moved-listener.ts';
import { Planner } from './planner.ts';
import { RingQueue } from './ring-queue.ts';
import { StepWatch } from './step-watch.ts';
import { StuckStages } from './stuck-stages.ts';
import type { KnownStuck, TermHealth } from './term-health.ts';
import { TimerTable } from './timer-table.ts';

export interface SchedulerOptions {
  /** For the advance alone: nothing may queue in front of a bell. */
  ringing: readonly [Queryable, Queryable];
  /** For reading what to arm. */
  planning: Queryable;
  /** For finding out which stage cannot be moved. Connects only when one cannot. */
  trying: Queryable;
  instance: string;
  leaseMs: number;
  /** Instants armed at most. */
  horizon: number;
  /** Boundaries per statement at most. */
  batch: number;
  /** How long a statement should take; null: no limit. */
  batchMs?: number | null;
  /** Each heartbeat and each read adds a sample. */
  databaseClock: RemoteClock;
  clock: Clock;
  log: Log;
  moved: MovedListener;
  health: TermHealth;
  /** Called when the term turns out to be no longer ours. */
  stepDown: () => void;
}

/**
 * Without notifications, sweeps find the edits. This is how long an edit may take to commit and still be found by one.
 */
const LONG_EDIT_MS = 60_000;

/**
 * What the leader does during one term: sweep what was missed, arm what is coming, ring. One object
 * per term, so that nothing of an old term can act in a new one.
 *
 * A ring goes round these parts in one direction:
 *
 *     TimerTable --rings--> RingQueue --asks--> Advancer --has advanced--> Planner --arms--> TimerTable
 */
export class Scheduler {
  readonly #queue = new RingQueue();
  readonly #timers: TimerTable;
  readonly #stuck: StuckStages;
  readonly #planner: Planner;
  readonly #advancer: Advancer;
  readonly #stepWatch: StepWatch;
  #isStopped = false;

  constructor(term: Term, options: SchedulerOptions) {
    const { ringing, planning, trying, instance, batch, batchMs = null, horizon, leaseMs } = options;
    const { databaseClock, clock, log, moved, health, stepDown } = options;
    const queue = this.#queue;
    const timers = new TimerTable(clock, databaseClock, queue);
    const stuck = new StuckStages({ sessions: [trying, planning], queue, health, clock, log });
    const around = { term, queue, timers, stuck, health, clock, log };
    const planner = new Planner({ ...around, db: planning, horizon, leaseMs, databaseClock });
    const advancer = new Advancer({
      ...around,
      sessions: ringing,
      instance,
      batch,
      batchMs,
      planner,
      moved,
      stepDown,
    });
    [this.#timers, this.#stuck, this.#planner, this.#advancer] = [timers, stuck, planner, advancer];
    this.#stepWatch = new StepWatch(clock, (stepMs) => {
      log.warn(
        { event: 'clock_step', step_ms: Math.round(stepMs) },
        'the clock of this host stepped: sweeping and arming again',
      );
      this.sweep();
    });
    // What was missed comes first and in order; what falls due meanwhile is moved along with it.
    queue.sweep();
    planner.prepare();
  }

  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    const bounds = this.#timers.bounds;
    return { instants: this.#timers.size, nextMs: bounds?.nextMs ?? null, lastMs: bounds?.lastMs ?? null };
  }

  get stuck(): readonly KnownStuck[] {
    return this.#stuck.known;
  }

  /** An edit touched these instants; null: it may be any. */
  edited(instants: readonly number[] | null): void {
    this.#stuck.edited(instants);
    this.#planner.edited(instants);
  }

  /** Edits are not being heard: read again what to arm. */
  look(): void {
    this.#planner.edited(null);
  }

  /** Time or news may have been missed: move what is due, then arm everything afresh. */
  sweep(): void {
    this.#sweepFrom(null);
  }

  /** Sweeps what recent edits may have made due. For when no edits can be heard. */
  sweepLateEdits(): void {
    const { reachedMs } = this.#advancer;
    this.#sweepFrom(reachedMs === null ? null : reachedMs - LONG_EDIT_MS);
  }

  #sweepFrom(fromMs: number | null): void {
    if (this.#isStopped) return;
    this.#planner.awaitSweep();
    this.#queue.sweep(fromMs);
  }

  /** What a count of missed boundaries may skip: all before this instant, and the stages that are known to be stuck. */
  get dealtWith(): DealtWith {
    return { beforeMs: this.#advancer.reachedMs, stages: this.#stuck.leftOut };
  }

  /** A new sample of the database's clock came in. */
  align(): void {
    this.#planner.align();
  }

  /** Cancels every timer; resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stepWatch.stop();
    this.#timers.clear();
    await Promise.all([this.#advancer.stop(), this.#planner.stop(), this.#stuck.stop()]);
    this.#timers.clear();
  }
}
