import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RemoteClock } from '../base/remote-clock.ts';
import type { Queryable } from '../db/database.ts';
import type { Advanced } from '../db/leading/advance.ts';
import type { DealtWith } from '../db/leading/heartbeat.ts';
import type { Term } from '../db/leading/term.ts';
import { Advancer } from './advancer.ts';
import { Planner } from './planner.ts';
import { StepWatch } from './step-watch.ts';
import { type KnownStuck, StuckStages } from './stuck-stages.ts';
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
  events: SchedulerEvents;
}

export interface SchedulerEvents {
  onMoved(batch: Advanced, cause: 'timer' | 'sweep'): void;
  onAdvanceFailed(): void;
  /** The advance, or reading what to arm, has failed, or has succeeded: then the error is null. */
  onTried?(work: 'advance' | 'plan', error: unknown): void;
  onDeposed(): void;
  /** Stages have been due for a while and the advance passes them by; or do so no more. */
  onHeld?(isHeld: boolean): void;
  /** Other stages than before cannot be moved. */
  onStuck(stuck: readonly KnownStuck[]): void;
}

/** Where edits are not heard, they are read. One that took longer than this to commit is found by the next heartbeat. */
const LONG_EDIT_MS = 60_000;

/**
 * What the leader does during one term: sweep what was missed, arm what is coming, ring. One object
 * per term, so that nothing of an old term can act in a new one.
 */
export class Scheduler {
  readonly #o: SchedulerOptions;
  readonly #timers: TimerTable;
  readonly #advancer: Advancer;
  readonly #planner: Planner;
  readonly #stuck: StuckStages;
  readonly #watch: StepWatch;
  readonly #startedMs: number;
  #isReadyToPlan = false;
  #isStopped = false;

  constructor(term: Term, options: SchedulerOptions) {
    this.#o = options;
    const { ringing, planning, trying, instance, horizon, batch, databaseClock, clock, log, events } = options;
    const { batchMs = null } = options;
    this.#startedMs = clock.monoMs();
    this.#timers = new TimerTable(clock, databaseClock, (atMs) => this.#advancer.ring(atMs));
    this.#stuck = new StuckStages([trying, planning], clock, log, {
      onReleased: (instants) => {
        for (const atMs of new Set(instants)) {
          if (atMs === null) this.#advancer.sweep();
          else this.#advancer.ring(atMs);
        }
      },
      onChange: () => events.onStuck(this.#stuck.known),
    });
    this.#advancer = new Advancer({
      sessions: ringing,
      term,
      instance,
      batch,
      batchMs,
      stuck: this.#stuck,
      clock,
      log,
      events: {
        onBusy: () => this.#timers.hold(),
        onIdle: () => this.#timers.release(),
        onDone: (instants) => this.#afterAdvance(instants),
        onMoved: (moved, cause) => events.onMoved(moved, cause),
        onFailed: (error) => {
          events.onAdvanceFailed();
          events.onTried?.('advance', error);
        },
        onDeposed: () => events.onDeposed(),
      },
    });
    const leftOut = () => this.#stuck.leftOut;
    this.#planner = new Planner(planning, this.#timers, horizon, databaseClock, clock, log, leftOut, {
      onDue: (atMs) => this.#advancer.ring(atMs),
      onSample: () => this.align(),
      onRead: (error) => events.onTried?.('plan', error),
      onHeld: (isHeld) => events.onHeld?.(isHeld),
      onPlanned: (instants) =>
        log.info(
          { event: 'armed', term: term.epoch, instants, took_ms: Math.round(clock.monoMs() - this.#startedMs) },
          'swept and armed',
        ),
    });
    this.#watch = new StepWatch(clock, (stepMs) => {
      log.warn({ event: 'clock_step', step_ms: Math.round(stepMs) }, 'the clock of this host stepped: arming anew');
      this.catchUp();
    });
    // What was missed comes first and in order; what falls due meanwhile is moved along with it.
    this.#advancer.sweep();
    this.#planner.prepare();
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
    // Before the first plan there is nothing to correct: it will read what the edit wrote.
    if (!this.#isReadyToPlan) return;
    if (instants === null) this.#planner.resync();
    else this.#planner.touch(instants);
  }

  /** Where edits cannot be heard: read what is to be armed. */
  look(): void {
    if (this.#isReadyToPlan) this.#planner.resync();
  }

  /** Time or news may have been missed: move what is due, then arm everything afresh. */
  catchUp(): void {
    this.#catchUp(null);
  }

  /** The same for edits of late, where they cannot be heard. */
  catchUpWithEdits(): void {
    const { reachedMs } = this.#advancer;
    this.#catchUp(reachedMs === null ? null : reachedMs - LONG_EDIT_MS);
  }

  #catchUp(fromMs: number | null): void {
    if (this.#isStopped) return;
    this.#isReadyToPlan = false;
    this.#advancer.sweep(fromMs);
  }

  /** What a look for missed boundaries need not look at: what comes before, and stages that are known to be stuck. */
  get dealtWith(): DealtWith {
    return { beforeMs: this.#advancer.reachedMs, stages: this.#stuck.leftOut };
  }

  /** A new sample of the database's clock came in: are the timers that fire next still right? */
  align(): void {
    // What is further away will be looked at by a later heartbeat.
    this.#timers.realign(3 * this.#o.leaseMs);
  }

  /** Cancels every timer; resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch.stop();
    this.#timers.clear();
    await Promise.all([this.#advancer.stop(), this.#planner.stop(), this.#stuck.stop()]);
    this.#timers.clear();
  }

  #afterAdvance(instants: readonly number[]): void {
    this.#o.events.onTried?.('advance', null);
    if (this.#isReadyToPlan) this.#planner.touch(instants);
    else {
      this.#isReadyToPlan = true;
      this.#planner.resync();
    }
  }
}
