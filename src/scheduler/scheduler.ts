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
  /** For finding out which stage cannot be moved. Used when one cannot, and not before. */
  trying: Queryable;
  instance: string;
  leaseMs: number;
  /** Instants armed at most. */
  horizon: number;
  /** Boundaries per statement at most. */
  batch: number;
  /** How long a statement may take; null: as long as it does. */
  batchMs?: number | null;
  /** The database's: each heartbeat and each reading adds a sample. */
  databaseClock: RemoteClock;
  clock: Clock;
  log: Log;
  moved: MovedListener;
  health: TermHealth;
  /** Called where the term turns out not to be ours any more. */
  stepDown: () => void;
}

/** Where edits are not heard, they are read. One that took longer than this to commit is found by the next heartbeat. */
const LONG_EDIT_MS = 60_000;

/**
 * What the leader does during one term: sweep what was missed, arm what is coming, ring. One object
 * per term, so that nothing of an old term can act in a new one.
 *
 * A timer goes round its parts in one direction:
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
      log.warn({ event: 'clock_step', step_ms: Math.round(stepMs) }, 'the clock of this host stepped: arming anew');
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

  /** An edit touched these instants; null: look at all. */
  edited(instants: readonly number[] | null): void {
    this.#stuck.edited(instants);
    this.#planner.edited(instants);
  }

  /** Where edits cannot be heard: read what is to be armed. */
  look(): void {
    this.#planner.edited(null);
  }

  /** Time or news may have been missed: move what is due, then arm everything afresh. */
  sweep(): void {
    this.#sweepFrom(null);
  }

  /** The same for what was edited of late, where edits cannot be heard. */
  sweepLateEdits(): void {
    const { reachedMs } = this.#advancer;
    this.#sweepFrom(reachedMs === null ? null : reachedMs - LONG_EDIT_MS);
  }

  #sweepFrom(fromMs: number | null): void {
    if (this.#isStopped) return;
    this.#planner.awaitSweep();
    this.#queue.sweep(fromMs);
  }

  /** What a look for missed boundaries need not look at: what comes before, and stages that are known to be stuck. */
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
