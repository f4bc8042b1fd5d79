import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { type Advanced, advance, type Place } from '../db/advance.ts';
import type { Queryable } from '../db/database.ts';
import type { Term } from '../db/term.ts';

/** Boundaries per statement: 20 ms of work, so that an edit or a heartbeat gets in between. More is not faster. */
export const BATCH = 1000;

/** Now and then a batch has no other beside it: without a gap no take-over would get at the term in a long burst. */
const ALONE_EVERY = 16;

export interface AdvancerOptions {
  /** Connections for the advance alone: nothing may queue in front of a bell. Two, for batches side by side. */
  sessions: readonly [Queryable, Queryable];
  term: Term;
  instance: string;
  /** Boundaries per statement at most. */
  batch: number;
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
  onFailed(): void;
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
  #isDeposed = false;
  /** So far in this term; the last one has it as its number. */
  #batches = 0;

  constructor(options: AdvancerOptions) {
    this.#o = options;
    const isWanted = () => this.#isWanted && !this.#isDeposed;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(5, 1000), options.clock);
  }

  /** This instant is due. */
  ring(atMs: number): void {
    this.#asked.add(atMs);
    this.#want();
  }

  /** Time was missed: move whatever is due, whichever instant it belongs to. */
  sweep(): void {
    this.#isSweepWanted = true;
    this.#want();
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
    this.#asked = new Set();
    this.#isWanted = false;
    this.#isSweepWanted = false;
    const { term, log, events } = this.#o;
    try {
      events.onBusy();
      const moved = await this.#burst(cause).finally(() => events.onIdle());
      if (this.#isDeposed) return;
      if (cause === 'sweep' && moved > 0) log.info({ event: 'sweep', moved, term: term.epoch }, 'swept');
      events.onDone(instants);
    } catch (error) {
      events.onFailed();
      log.warn({ event: 'advance_failed', cause, error: messageOf(error) }, 'the advance failed, trying again');
      for (const atMs of instants) this.#asked.add(atMs);
      this.#isSweepWanted ||= cause === 'sweep';
      this.#isWanted = true;
      throw error;
    }
  }

  /**
   * Batches until nothing more is due, two under way at most: each lets the next one begin when it has its
   * rows, or when it has ended. All are waited for, also where one fails. @returns how many were moved
   */
  async #burst(cause: 'timer' | 'sweep'): Promise<number> {
    const underWay: Promise<[PromiseSettledResult<Advanced>]>[] = [];
    let failed: PromiseRejectedResult | null = null;
    let isOver = false;
    /** Of a batch that has let the next one begin, while there were two. */
    let owed: number | null = null;
    let [asked, moved] = [0, 0];
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
      underWay.push(Promise.allSettled([this.#advance(session, cause, { number, before, onChosen })]));
    };
    ask(null);
    for (let first = underWay[0]; first !== undefined; first = underWay[0]) {
      const [result] = await first;
      underWay.shift();
      if (result.status === 'rejected') failed = result;
      isOver ||= result.status === 'rejected' || result.value.moved < this.#o.batch;
      // Asked for before this one is counted and logged: the database need not wait for that.
      if (owed !== null || underWay.length === 0) ask(owed);
      owed = null;
      if (result.status === 'fulfilled') {
        this.#count(result.value, cause);
        moved += result.value.moved;
      }
    }
    if (failed !== null) throw failed.reason;
    return moved;
  }

  #count(batch: Advanced, cause: 'timer' | 'sweep'): void {
    if (!batch.isCurrent && !this.#isDeposed) {
      this.#isDeposed = true;
      this.#o.events.onDeposed();
    }
    if (batch.moved > 0) this.#o.events.onMoved(batch, cause);
  }

  #advance(session: 0 | 1, cause: 'timer' | 'sweep', place: Place): Promise<Advanced> {
    const { sessions, term, batch, instance } = this.#o;
    return advance(sessions[session], { term, limit: batch, cause, instance, place });
  }
}
