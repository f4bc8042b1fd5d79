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

/** Boundaries per statement: 20 ms of work, so that an edit or a heartbeat gets in between. More is not faster. */
export const BATCH = 1000;

/** Now and then a batch has no other beside it: without a gap no take-over would get at the term in a long burst. */
const ALONE_EVERY = 16;

/** How long a mass of stages that cannot be moved is left alone. */
const SKIP_FOR_MS = 5000;

/** What failed may be for a moment: tried again after the first of these, and after twice as long each time. */
const RETRY_MS = [5, 1000] as const;

export interface AdvancerOptions {
  /** Connections for the advance alone: nothing may queue in front of a bell. Two, for batches side by side. */
  sessions: readonly [Queryable, Queryable];
  term: Term;
  instance: string;
  /** Boundaries per statement at most. */
  batch: number;
  /** How long a statement should take, where others wait for its connection; null: as long as it does. */
  batchMs: number | null;
  /** What asks for a run. */
  queue: RingQueue;
  /** Told after each run which instants asked for it: perhaps something is left there. */
  planner: Pick<Planner, 'advanced'>;
  /** Held while statements are under way. */
  timers: Pick<TimerTable, 'hold' | 'release'>;
  stuck: StuckStages;
  /** The term turns out not to be ours any more. */
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
  /** Everything that was due before has been moved, is held by somebody, or is stuck. Null: that is not known. */
  #reachedMs: number | null = null;
  readonly #size: BatchSize;
  readonly #plans: Plans;
  #skipped: { to: BoundaryKey; untilMs: number } | null = null;
  #isDeposed = false;
  /** So far in this term; the last one has it as its number. */
  #batches = 0;

  constructor(options: AdvancerOptions) {
    this.#o = options;
    this.#size = new BatchSize(options.batch, options.batchMs);
    this.#plans = new Plans(options.sessions, options.clock);
    const isWanted = () => !options.queue.isEmpty && !this.#isDeposed;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(...RETRY_MS), options.clock);
    options.queue.onAsked = () => this.#flight.start();
  }

  /** Everything that was due before this has been dealt with; null: that is not known. Epoch milliseconds. */
  get reachedMs(): number | null {
    return this.#reachedMs;
  }

  /** Resolves when nothing is in flight; nothing is started after it. */
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

  /** What was due before has been dealt with, unless a sweep doubts that, or an instant that asks is earlier. */
  #beginningOf({ cause, instants, sweepFromMs }: Run): BoundaryKey | null {
    const fromMs = cause === 'sweep' ? sweepFromMs : instants.reduce<number | null>(earlier, this.#reachedMs);
    return this.#skip(fromMs === null ? null : { atMs: fromMs, id: null });
  }

  /** Where more is stuck than can be told one by one, all of it is passed by for a while: what comes after rings. */
  #skip(from: BoundaryKey | null): BoundaryKey | null {
    if (this.#skipped === null || this.#skipped.untilMs < this.#o.clock.monoMs()) return from;
    const { to } = this.#skipped;
    return from === null || from.atMs <= to.atMs ? to : from;
  }

  /** @returns whether it is worth trying again at once, because something will be different */
  async #findCulprit(error: unknown, from: BoundaryKey | null): Promise<boolean> {
    const { sessions, stuck, clock } = this.#o;
    if (!isOfTime(error) && !isOfRows(error)) return false;
    // No row is to blame where the ids of the record have been there before.
    if (constraintOf(error) === 'transition_pkey' && (await mendRecordIds(sessions[0]).catch(() => false))) return true;
    const due = await readDueStages(sessions[0], this.#size.now, stuck.leftOut, from);
    const [first, last] = [due[0], due.at(-1)];
    if (first === undefined || last === undefined) return false;
    if (stuck.isFull) {
      this.#skipped = { to: last, untilMs: clock.monoMs() + SKIP_FOR_MS };
      return true;
    }
    if (stuck.suspect(due)) return true;
    // Each of them can be moved by itself. Where time ran out it was not theirs: somebody holds the gate, or a table.
    if (isOfTime(error)) return false;
    if (this.#size.now === 1) stuck.blame(first, String((error as { code?: unknown }).code), messageOf(error));
    this.#size.failed();
    return true;
  }

  /**
   * Batches until nothing more is due, two under way at most: each lets the next one begin when it has its
   * rows, or when it has ended. Each begins where the last one to end has ended: what comes before is dealt
   * with, and to walk over it again costs time where an old snapshot keeps it from being cleaned away. All
   * are waited for, also where one fails. @returns how many were moved
   */
  async #burst(cause: 'timer' | 'sweep', beginning: BoundaryKey | null): Promise<number> {
    const underWay: { limit: number; sentMs: number; settled: Promise<[PromiseSettledResult<Advanced>]> }[] = [];
    let failed: PromiseRejectedResult | null = null;
    let isOver = false;
    /** Of a batch that has let the next one begin, while there were two. */
    let owed: number | null = null;
    let [asked, moved, from] = [0, 0, beginning];
    let reachedMs: number | null = null;
    const ask = (before: number | null): void => {
      if (isOver || this.#isDeposed || this.#flight.isStopped) return;
      const number = ++this.#batches;
      // Each burst begins on the first, which is open since the sweep that began the term.
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
      // Asked for before this one is counted and logged: the database need not wait for that.
      if (owed !== null || underWay.length === 0) ask(owed);
      owed = null;
      if (result.status === 'fulfilled') {
        this.#count(result.value, cause);
        moved += result.value.moved;
      }
    }
    if (failed !== null) throw failed.reason;
    // To the millisecond before, as instants are told: a fraction must not be rounded past one of them.
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
