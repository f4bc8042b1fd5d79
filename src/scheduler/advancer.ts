import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Queryable } from '../db/database.ts';
import { constraintOf } from '../db/faults.ts';
import { type Advanced, advance, type BatchSlot, type BoundaryKey } from '../db/leading/advance.ts';
import { isOfRows, isOfTime, readDueStages } from '../db/leading/stuck.ts';
import type { Term } from '../db/leading/term.ts';
import { mendRecordIds } from '../db/record-ids.ts';
import { BatchSize } from './batch-size.ts';
import type { MovedListener } from './moved-listener.ts';
import type { Planner } from './planner.ts';
import { Plans } from './plans.ts';
import { earlier, type RingQueue, type Run } from './ring-queue.ts';
import type { StuckStages } from './stuck-stages.ts';
import type { TermHealth } from './term-health.ts';
import type { TimerTable } from './timer-table.ts';

/** Boundaries per statement: 20 ms of work, so that an edit or a heartbeat gets in between. Larger is not faster. */
export const BATCH = 1000;

/**
 * How often a batch runs alone. Batches side by side lock the row of the term without a gap, and during a long burst a
 * take-over could not get at it.
 */
const ALONE_EVERY = 16;

/** When more stages are stuck than can be left out one by one, all of them are skipped for this long. */
const SKIP_FOR_MS = 5000;

/** A failed run is tried again after the first pause. Each further pause is twice as long, up to the second. */
const RETRY_MS = [5, 1000] as const;

export interface AdvancerOptions {
  /** Connections for the advance alone: nothing may queue in front of a bell. Two, for batches side by side. */
  sessions: readonly [Queryable, Queryable];
  term: Term;
  instance: string;
  /** Boundaries per statement at most. */
  batch: number;
  /** How long a statement should take, if others wait for its connection; null: no limit. */
  batchMs: number | null;
  /** Where runs are asked for. */
  queue: RingQueue;
  /** Told after each run which instants it was for, because something may be left there. */
  planner: Pick<Planner, 'advanced'>;
  /** Held while statements are under way. */
  timers: Pick<TimerTable, 'hold' | 'release'>;
  stuck: StuckStages;
  /** Called when the term turns out to be no longer ours. */
  stepDown: () => void;
  moved: MovedListener;
  health: TermHealth;
  clock: Clock;
  log: Log;
}

/**
 * Runs the advance for one term, one run at a time, for as long as something asks for it. Errors are retried with
 * back-off for as long as the term lasts, never swallowed.
 */
export class Advancer {
  readonly #o: AdvancerOptions;
  readonly #flight: SingleFlight;
  /** Everything due before this has been moved, is held by somebody, or is stuck. null: not known. */
  #reachedMs: number | null = null;
  readonly #size: BatchSize;
  readonly #plans: Plans;
  #skipped: { to: BoundaryKey; untilMs: number } | null = null;
  #isDeposed = false;
  /** Batches so far in this term, which are numbered from 1. */
  #batches = 0;

  constructor(options: AdvancerOptions) {
    this.#o = options;
    this.#size = new BatchSize(options.batch, options.batchMs);
    this.#plans = new Plans(options.sessions, options.clock);
    const isWanted = () => !options.queue.isEmpty && !this.#isDeposed;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(...RETRY_MS), options.clock);
    options.queue.onAsked = () => this.#flight.start();
  }

  /** Everything due before this has been dealt with. Epoch milliseconds; null: not known. */
  get reachedMs(): number | null {
    return this.#reachedMs;
  }

  /** Starts nothing more; resolves when nothing is in flight. */
  stop(): Promise<void> {
    return this.#flight.stop();
  }

  async #once(): Promise<void> {
    const { queue, planner, timers, term, log, moved, health } = this.#o;
    const run = queue.take();
    const from = this.#beginningOf(run);
    try {
      timers.hold();
      const count = await this.#burst(run.cause, from).finally(() => timers.release());
      if (this.#isDeposed) return;
      if (run.cause === 'sweep' && count > 0) log.info({ event: 'sweep', moved: count, term: term.epoch }, 'swept');
      health.tried('advance', null);
      planner.advanced(run.instants);
    } catch (error) {
      moved.onFailed();
      health.tried('advance', error);
      const { cause } = run;
      log.warn({ event: 'advance_failed', cause, error: messageOf(error) }, 'the advance failed, trying again');
      queue.putBack(run);
      if (!(await this.#findCulprit(error, from))) throw error;
    }
  }

  /** A sweep says how far back it looks. Any other run begins where the last one ended, or at its earliest instant. */
  #beginningOf({ cause, instants, sweepFromMs }: Run): BoundaryKey | null {
    const fromMs = cause === 'sweep' ? sweepFromMs : instants.reduce<number | null>(earlier, this.#reachedMs);
    return this.#skip(fromMs === null ? null : { atMs: fromMs, id: null });
  }

  /** While more stages are stuck than can be left out one by one, begin behind them, so that what comes later rings. */
  #skip(from: BoundaryKey | null): BoundaryKey | null {
    if (this.#skipped === null || this.#skipped.untilMs < this.#o.clock.monoMs()) return from;
    const { to } = this.#skipped;
    return from === null || from.atMs <= to.atMs ? to : from;
  }

  /** @returns whether to try again at once, because something has changed */
  async #findCulprit(error: unknown, from: BoundaryKey | null): Promise<boolean> {
    const { sessions, stuck, clock } = this.#o;
    if (!isOfTime(error) && !isOfRows(error)) return false;
    // The ids of the record had fallen behind it: no row is to blame.
    if (constraintOf(error) === 'transition_pkey' && (await mendRecordIds(sessions[0]).catch(() => false))) return true;
    const due = await readDueStages(sessions[0], this.#size.now, stuck.leftOut, from);
    const [first, last] = [due[0], due.at(-1)];
    if (first === undefined || last === undefined) return false;
    if (stuck.isFull) {
      this.#skipped = { to: last, untilMs: clock.monoMs() + SKIP_FOR_MS };
      return true;
    }
    if (stuck.suspect(due)) return true;
    // Each can be moved alone. So if time ran out, none is to blame: somebody holds the gate or a table.
    if (isOfTime(error)) return false;
    if (this.#size.now === 1) stuck.blame(first, String((error as { code?: unknown }).code), messageOf(error));
    this.#size.failed();
    return true;
  }

  /**
   * Runs batches until nothing more is due, at most two at a time. A batch lets the next one begin once it has its
   * rows, or when it has ended. Each begins behind the last boundary of the latest batch that has ended, because
   * scanning dead rows again is slow while an old snapshot keeps them. If one fails, the other is still waited for.
   * @returns how many were moved
   */
  async #burst(cause: 'timer' | 'sweep', beginning: BoundaryKey | null): Promise<number> {
    const underWay: { limit: number; sentMs: number; settled: Promise<[PromiseSettledResult<Advanced>]> }[] = [];
    let failed: PromiseRejectedResult | null = null;
    let isOver = false;
    /** The number of a batch that let the next one begin while two were already under way. */
    let owed: number | null = null;
    let [asked, moved, from] = [0, 0, beginning];
    let reachedMs: number | null = null;
    const ask = (before: number | null): void => {
      if (isOver || this.#isDeposed || this.#flight.isStopped) return;
      const number = ++this.#batches;
      // Each burst begins on the first session, which is open since the sweep at the start of the term.
      const session = asked++ % 2 === 0 ? 0 : 1;
      const onChosen = (): void => {
        if (number % ALONE_EVERY === 0) return;
        if (underWay.length < 2) ask(number);
        else owed = number;
      };
      const limit = this.#size.now;
      const sentMs = this.#o.clock.monoMs();
      const settled = Promise.allSettled([this.#advance(session, cause, limit, from, { number, before, onChosen })]);
      underWay.push({ limit, sentMs, settled });
    };
    ask(null);
    for (let first = underWay[0]; first !== undefined; first = underWay[0]) {
      const [result] = await first.settled;
      underWay.shift();
      if (result.status === 'rejected') {
        failed = result;
        isOver = true;
      } else {
        from = result.value.last ?? from;
        reachedMs = result.value.nowMs;
        const isFull = result.value.chosen >= first.limit;
        isOver ||= !isFull;
        const tookMs = this.#o.clock.monoMs() - first.sentMs;
        this.#size.took(first.limit, isFull, tookMs);
        if (isFull) this.#plans.took(tookMs);
      }
      // Before this one is counted and logged: the database need not wait for that.
      if (owed !== null || underWay.length === 0) ask(owed);
      owed = null;
      if (result.status === 'fulfilled') {
        this.#count(result.value, cause);
        moved += result.value.moved;
      }
    }
    if (failed !== null) throw failed.reason;
    // Rounded down, because instants are whole milliseconds and none may be skipped.
    if (reachedMs !== null) this.#reachedMs = Math.floor(reachedMs);
    return moved;
  }

  #count(batch: Advanced, cause: 'timer' | 'sweep'): void {
    if (!batch.isCurrent && !this.#isDeposed) {
      this.#isDeposed = true;
      this.#o.stepDown();
    }
    this.#o.stuck.kept(batch.kept);
    if (batch.moved > 0) this.#o.moved.onMoved(batch, cause, this.#o.term);
  }

  #advance(
    session: 0 | 1,
    cause: 'timer' | 'sweep',
    limit: number,
    from: BoundaryKey | null,
    slot: BatchSlot,
  ): Promise<Advanced> {
    const { sessions, term, instance, stuck } = this.#o;
    return advance(sessions[session], { term, limit, from, without: stuck.leftOut, cause, instance, slot });
  }
}
