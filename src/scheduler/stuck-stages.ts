import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import type { Trouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { SQLSTATE } from '../base/sqlstate.ts';
import type { Queryable } from '../db/database.ts';
import { type DueStage, KEPT, LOCKED, type StuckStage, TRIED_AT_ONCE, tryStages } from '../db/leading/stuck.ts';
import type { RingQueue } from './ring-queue.ts';
import type { KnownStuck, TermHealth } from './term-health.ts';

interface Known extends KnownStuck {
  /** The instant at which it is due, epoch milliseconds; null: not known. */
  atMs: number | null;
  /** Monotonic. */
  nextTryMs: number;
}

/** What operators are told. */
export function stuckTrouble(stuck: readonly KnownStuck[]): Trouble | null {
  const [first] = stuck;
  if (first === undefined) return null;
  const those = stuck
    .slice(0, 5)
    .map(({ id, code, reason }) => `${id}: ${reason} (${code})`)
    .join('; ');
  return {
    // The same words for any number of them, so that the log says it once.
    cause: 'stages stay behind their dates: the database refuses to change their rows',
    cure: 'see which and why in /v1/scheduler (`stuck`), in the log (`stage_stuck`) or with stagebell doctor, and mend the row, the trigger or the constraint; it is tried again by itself',
    detail: stuck.length <= 5 ? those : `${stuck.length} stages: ${those}`,
  };
}

/** A stuck stage is tried again after this, then after twice as long each time. Whoever mends it should not wait. */
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 10_000;
/** Each advance is sent the ids of the stages that it leaves out, so they cannot be too many. */
const MOST_LEFT_OUT = 10_000;
/** A stage that could be moved alone is not suspected again for this long. */
const CLEARED_FOR_MS = 10_000;
/** Log lines at once; the rest are counted in one. */
const MOST_LINES = 20;
/** Pauses between tries that find no connection: each is twice as long, from the first to the second. */
const NO_CONNECTION_MS = [20, 1000] as const;

export interface StuckStagesOptions {
  /** The first of these that can be reached is used. None that rings bells, because trying may take a second. */
  sessions: readonly Queryable[];
  /** Told of instants whose stages are not left out any more. */
  queue: RingQueue;
  health: Pick<TermHealth, 'stuck'>;
  clock: Clock;
  log: Log;
}

/**
 * The stages that the advance leaves out, so that a row which cannot be updated holds up no other. When an advance
 * fails, its stages are suspects. Everything else goes on at once without them, while each suspect is moved alone and
 * rolled back. Those that pass ring then. The others are stuck, and are tried again with back-off until somebody mends
 * them.
 */
export class StuckStages {
  readonly #o: StuckStagesOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #flight: SingleFlight;
  readonly #suspects = new Map<string, DueStage>();
  readonly #stuck = new Map<string, Known>();
  /** Suspects that passed, and when (monotonic). If the advance fails again, none of them alone is to blame. */
  readonly #cleared = new Map<string, number>();
  /** How often each was found stuck in this term. */
  readonly #tries = new Map<string, number>();
  #leftOut: readonly string[] | null = null;
  #timer: Timer | null = null;

  constructor(options: StuckStagesOptions) {
    this.#o = options;
    this.#clock = options.clock;
    this.#log = options.log;
    const isWanted = () => this.#wanted().length > 0;
    const backoff = new Backoff(...NO_CONNECTION_MS);
    this.#flight = new SingleFlight({ isWanted, once: () => this.#once() }, backoff, options.clock);
  }

  /** Ids. The advance leaves them out, and so does the planner. */
  get leftOut(): readonly string[] {
    this.#leftOut ??= [...this.#stuck.keys(), ...this.#suspects.keys()];
    return this.#leftOut;
  }

  get known(): readonly KnownStuck[] {
    return [...this.#stuck.values()];
  }

  get isFull(): boolean {
    return this.leftOut.length >= MOST_LEFT_OUT;
  }

  /**
   * An advance with these in it has failed: leave them out until each has been tried.
   * @returns false if there is none to try: all are stuck already, or have passed a moment ago
   */
  suspect(due: readonly DueStage[]): boolean {
    const clearedMs = this.#clock.monoMs() - CLEARED_FOR_MS;
    for (const [id, atMs] of this.#cleared) if (atMs < clearedMs) this.#cleared.delete(id);
    const fresh = due.filter(({ id }) => !this.#cleared.has(id) && !this.#stuck.has(id));
    for (const stage of fresh) this.#suspects.set(stage.id, stage);
    this.#leftOut = null;
    if (fresh.length > 0) this.#flight.start();
    return fresh.length > 0;
  }

  /** An advance of this one alone has failed. */
  blame(stage: DueStage, code: string, reason: string): void {
    this.#found([{ id: stage.id, code, reason }], () => stage.atMs);
  }

  /** An advance has succeeded, and yet these are as they were. */
  kept(ids: readonly string[]): void {
    if (ids.length > 0) this.#found(ids.map((id) => ({ id, ...KEPT })));
  }

  /** Somebody has edited stages at these instants, perhaps to mend one. null: it may be any. */
  edited(instants: readonly number[] | null): void {
    if (this.#stuck.size === 0) return;
    const touched = new Set<number | null>(instants);
    for (const known of this.#stuck.values()) {
      if (instants === null || touched.has(known.atMs)) known.nextTryMs = this.#clock.monoMs();
    }
    this.#flight.start();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#flight.stop();
  }

  /** Suspects first: they are due, and most of them will pass. */
  #wanted(): string[] {
    const suspects = [...this.#suspects.keys()].slice(0, TRIED_AT_ONCE);
    if (suspects.length > 0) return suspects;
    const nowMs = this.#clock.monoMs();
    const due = [...this.#stuck.values()].filter(({ nextTryMs }) => nextTryMs <= nowMs);
    return due.slice(0, TRIED_AT_ONCE).map(({ id }) => id);
  }

  async #once(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const ids = this.#wanted();
    const { tried, stuck } = await this.#try(ids);
    const guilty = new Map(stuck.map((stage) => [stage.id, stage]));
    const free: string[] = [];
    for (const id of ids.slice(0, tried)) {
      const code = guilty.get(id)?.code;
      const known = this.#stuck.get(id);
      if (code === LOCKED && known !== undefined) known.nextTryMs = this.#clock.monoMs() + FIRST_RETRY_MS;
      // The advance skips rows that somebody holds, and the planner looks again.
      else if (code === undefined || code === LOCKED) free.push(id);
    }
    this.#found(stuck.filter(({ code }) => code !== LOCKED));
    this.#release(free);
    this.#wakeLater();
  }

  async #try(ids: readonly string[]): Promise<{ tried: number; stuck: StuckStage[] }> {
    let failure: unknown;
    for (const session of this.#o.sessions) {
      try {
        return await tryStages(session, ids);
      } catch (error) {
        failure = error;
        // Another session would not help: a row takes too long, or somebody has locked a table.
        if (!(error instanceof DatabaseUnavailableError)) break;
      }
    }
    this.#log.warn({ event: 'try_failed', error: messageOf(failure) }, 'could not find out which stage is stuck');
    if (failure instanceof DatabaseUnavailableError) throw failure;
    // The suspects must not wait for an answer that may never come. Smaller batches will find the culprit.
    return { tried: ids.length, stuck: [] };
  }

  #found(stuck: readonly StuckStage[], atOf: (id: string) => number | null = (id) => this.#atOf(id)): void {
    let lines = 0;
    let news = 0;
    for (const { id, code, reason } of stuck) {
      const was = this.#stuck.get(id);
      const tries = (this.#tries.get(id) ?? 0) + 1;
      this.#tries.set(id, tries);
      // A lock, perhaps on the whole table, may be released at any moment.
      const waitMs =
        code === SQLSTATE.lockNotAvailable
          ? FIRST_RETRY_MS
          : Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10));
      const sinceMs = was?.sinceMs ?? this.#clock.wallMs();
      const atMs = was?.atMs ?? atOf(id);
      this.#stuck.set(id, { id, code, reason, atMs, sinceMs, nextTryMs: this.#clock.monoMs() + waitMs });
      this.#suspects.delete(id);
      if (was !== undefined) continue;
      news += 1;
      if (lines++ < MOST_LINES) {
        this.#log.warn({ event: 'stage_stuck', stage: id, code, error: reason }, 'a stage cannot be moved');
      }
    }
    this.#leftOut = null;
    if (news > MOST_LINES) {
      this.#log.warn({ event: 'stage_stuck', count: news - MOST_LINES }, `${news - MOST_LINES} more cannot be moved`);
    }
    if (stuck.length > 0) this.#o.health.stuck(this.known);
    this.#wakeLater();
  }

  #release(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const instants = ids.map((id) => this.#atOf(id));
    let wasStuck = 0;
    for (const id of ids) {
      if (this.#suspects.delete(id)) this.#cleared.set(id, this.#clock.monoMs());
      if (!this.#stuck.delete(id)) continue;
      if (wasStuck++ < MOST_LINES) this.#log.info({ event: 'stage_unstuck', stage: id }, 'a stage can be moved again');
    }
    this.#leftOut = null;
    if (wasStuck > 0) this.#o.health.stuck(this.known);
    for (const atMs of new Set(instants)) {
      if (atMs === null) this.#o.queue.sweep();
      else this.#o.queue.ring(atMs);
    }
  }

  #atOf(id: string): number | null {
    return this.#stuck.get(id)?.atMs ?? this.#suspects.get(id)?.atMs ?? null;
  }

  #wakeLater(): void {
    if (this.#flight.isStopped || this.#stuck.size === 0) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { nextTryMs } of this.#stuck.values()) nextMs = Math.min(nextMs, nextTryMs);
    this.#timer?.cancel();
    this.#timer = this.#clock.after(Math.max(1, nextMs - this.#clock.monoMs()), () => {
      // Timers fire up to a millisecond early, and then there is nothing to try yet.
      if (this.#wanted().length === 0) this.#wakeLater();
      else this.#flight.start();
    });
  }
}
