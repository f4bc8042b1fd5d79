import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { type Advanced, advance } from '../db/advance.ts';
import type { Queryable } from '../db/database.ts';
import type { Term } from '../db/term.ts';

/** Boundaries per statement: 30-50 ms of work, so that an edit or a heartbeat gets in between. */
const BATCH = 2000;

export interface AdvancerEvents {
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
  readonly #db: Queryable;
  readonly #term: Term;
  readonly #instance: string;
  readonly #log: Log;
  readonly #events: AdvancerEvents;
  readonly #flight: SingleFlight;
  #asked = new Set<number>();
  #isWanted = false;
  #isSweepWanted = false;
  #isDeposed = false;

  constructor(db: Queryable, term: Term, instance: string, clock: Clock, log: Log, events: AdvancerEvents) {
    this.#db = db;
    this.#term = term;
    this.#instance = instance;
    this.#log = log;
    this.#events = events;
    const isWanted = () => this.#isWanted && !this.#isDeposed;
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, new Backoff(5, 1000), clock);
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
    try {
      const moved = await this.#burst(cause);
      if (moved === null) {
        this.#isDeposed = true;
        return;
      }
      if (cause === 'sweep' && moved > 0) this.#log.info({ event: 'sweep', moved, term: this.#term.epoch }, 'swept');
      this.#events.onDone(instants);
    } catch (error) {
      this.#events.onFailed();
      this.#log.warn({ event: 'advance_failed', cause, error: messageOf(error) }, 'the advance failed, trying again');
      for (const atMs of instants) this.#asked.add(atMs);
      this.#isSweepWanted ||= cause === 'sweep';
      this.#isWanted = true;
      throw error;
    }
  }

  /** Batches until nothing more is due. @returns how many were moved; null when deposed */
  async #burst(cause: 'timer' | 'sweep'): Promise<number | null> {
    let moved = 0;
    let next = this.#advance(cause);
    for (;;) {
      const batch = await next;
      if (!batch.isCurrent) {
        this.#events.onDeposed();
        return null;
      }
      moved += batch.moved;
      const isLast = batch.moved < BATCH || this.#flight.isStopped;
      // Asked for before this one is counted and logged: the database need not wait for that.
      if (!isLast) next = this.#advance(cause);
      if (batch.moved > 0) this.#events.onMoved(batch, cause);
      if (isLast) return moved;
    }
  }

  #advance(cause: 'timer' | 'sweep'): Promise<Advanced> {
    return advance(this.#db, { term: this.#term, limit: BATCH, cause, instance: this.#instance });
  }
}
