import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Queryable } from '../db/database.ts';
import { constraintOf } from '../db/faults.ts';
import { type Advanced, advance, type Place, type Position } from '../db/leading/advance.ts';
import { isOfRows, isOfTime, readDueStages } from '../db/leading/stuck.ts';
import type { Term } from '../db/leading/term.ts';
import { mendRecordIds } from '../db/record-ids.ts';
import { BatchSize } from './batch-size.ts';
import { Plans } from './plans.ts';
import type { StuckStages } from './stuck-stages.ts';

/** Boundaries per statement: 20 ms of work, so that an edit or a heartbeat gets in between. More is not faster. */
export const BATCH = 1000;

/** Now and then a batch has no other beside it: without a gap no take-over would get at the term in a long burst. */
const ALONE_EVERY = 16;

/** How long a mass of stages that cannot be moved is left alone. */
const SKIP_FOR_MS = 5000;

export interface AdvancerOptions {
  /** Connections for the advance alone: nothing may queue in front of a bell. Two, for batches side by side. */
  sessions: readonly [Queryable, Queryable];
  term: Term;
  instance: string;
  /** Boundaries per statement at most. */
  batch: number;
  /** How long a statement should take, where others wait for its connection; null: as long as it does. */
  batchMs: number | null;
  stuck: StuckStages;
  clock: Clock;
  log: Log;
  events: AdvancerEvents;
}

export interface AdvancerEvents {
  /** Statements are under way, until `onIdle`. */
  onBusy(): void;
  onIdle(): void;
  /** A run is over. `instants` are those that asked for it: look whether anything is left there. */
  onDone(instants: readonly number[]): void;
  onMoved(batch: Advanced, cause: 'timer' | 'sweep'): void;
  onFailed(error: unknown): void;
  /** The term is not ours any more. */
  onDeposed(): void;
}

/**
 * Runs the advance for one term, one run at a time: whoever asks while a run is under way is served
 * by the next one. Errors are retried with back-off for as long as the term lasts, never swallowed.
 */
export class Advancer {
  readonly #o: AdvancerOptions;
  readonly #flight: SingleFlight;
  #asked = new Set<number>();
  #isWanted = false;
  #isSweepWanted = false;
  /** How far back the sweep that is wanted looks, epoch milliseconds; null: over whatever was ever due. */
  #sweepFromMs: number | null = null;
  /** Everything that was due before has been moved, is held by somebody, or is stuck. Null: that is not known. */
  #reachedMs: number | null = null;
  readonly #size: BatchSize;
  readonly #plans: Plans;
  #skipped: { to: Position; untilMs: number } | null = null;
  #isDeposed = false;
  /** So far in this term; the last one has it as its number. */
  #batches = 0;

  constructor(options: AdvancerOptions) {
    this.#o = options;
    this.#size = new BatchSize(options.batch, options.batchMs);
    this.#plans = new Plans(options.sessions, options.clock);
    const isWanted = () => this.#isWanted && !this.#isDeposed;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(5, 1000), options.clock);
  }

  /** This instant is due. */
  ring(atMs: number): void {
    this.#asked.add(atMs);
    this.#want();
  }

  /** Time was missed: move whatever is due, whichever instant it belongs to. @param fromMs and not before this one */
  sweep(fromMs: number | null = null): void {
    this.#sweepFromMs = this.#isSweepWanted ? earlier(this.#sweepFromMs, fromMs) : fromMs;
    this.#isSweepWanted = true;
    this.#want();
  }

  /** Everything that was due before this has been dealt with; null: that is not known. Epoch milliseconds. */
  get reachedMs(): number | null {
    return this.#reachedMs;
  }

  /** Resolves when nothing is in flight; nothing is started after it. */
  stop(): Promise<void> {
    return this.#flight.stop();
  }

  #want(): void {
    this.#isWanted = true;
    this.#flight.start();
  }

  async #once(): Promise<void> {
    const cause = this.#isSweepWanted ? 'sweep' : 'timer';
    const instants = [...this.#asked];
    const sweepFromMs = this.#sweepFromMs;
    this.#asked = new Set();
    this.#isWanted = false;
    this.#isSweepWanted = false;
    const { term, log, events } = this.#o;
    const fromMs = cause === 'sweep' ? sweepFromMs : earliest(instants, this.#reachedMs);
    const from = this.#skip(fromMs === null ? null : { atMs: fromMs, id: null });
    try {
      events.onBusy();
      const moved = await this.#burst(cause, from).finally(() => events.onIdle());
      if (this.#isDeposed) return;
      if (cause === 'sweep' && moved > 0) log.info({ event: 'sweep', moved, term: term.epoch }, 'swept');
      events.onDone(instants);
    } catch (error) {
      events.onFailed(error);
      log.warn({ event: 'advance_failed', cause, error: messageOf(error) }, 'the advance failed, trying again');
      for (const atMs of instants) this.#asked.add(atMs);
      if (cause === 'sweep') this.sweep(sweepFromMs);
      this.#isWanted = true;
      if (!(await this.#findCulprit(error, from))) throw error;
    }
  }

  /** Where more is stuck than can be told one by one, all of it is passed by for a while: what comes after rings. */
  #skip(from: Position | null): Position | null {
    if (this.#skipped === null || this.#skipped.untilMs < this.#o.clock.monoMs()) return from;
    const { to } = this.#skipped;
    return from === null || from.atMs <= to.atMs ? to : from;
  }

  /** @returns whether it is worth trying again at once, because something will be different */
  async #findCulprit(error: unknown, from: Position | null): Promise<boolean> {
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
  async #burst(cause: 'timer' | 'sweep', beginning: Position | null): Promise<number> {
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
      this.#o.events.onDeposed();
    }
    this.#o.stuck.kept(batch.kept);
    if (batch.moved > 0) this.#o.events.onMoved(batch, cause);
  }

  #advance(
    session: 0 | 1,
    cause: 'timer' | 'sweep',
    limit: number,
    from: Position | null,
    place: Place,
  ): Promise<Advanced> {
    const { sessions, term, instance, stuck } = this.#o;
    return advance(sessions[session], { term, limit, from, without: stuck.leftOut, cause, instance, place });
  }
}

/** Null is before everything. */
const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.min(a, b);

const earliest = (instants: readonly number[], reachedMs: number | null): number | null =>
  instants.reduce<number | null>(earlier, reachedMs);
