import type { KnownTrouble } from '../base/health.ts';
import type { Session } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import type { Election } from '../leader/election.ts';
import { STANDS_ASIDE, type ToldBy } from '../leader/told-by.ts';
import type { KnownStuck } from '../scheduler/term-health.ts';
import { rehearseTimers } from '../scheduler/timer-table.ts';
import type { EngineOptions } from './engine-options.ts';
import { reasonsNotReady } from './health/readiness.ts';
import { Parts } from './parts.ts';
import { reachDatabase } from './reach-database.ts';

const STARTING = 'starting';

/**
 * What an instance does without being asked: it reaches the database, listens, follows and leads, and
 * while it leads it schedules. Everything about time and faults happens here; HTTP is beside it (app.ts).
 */
export class Engine {
  readonly #o: EngineOptions;
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #election: Election | null = null;
  #watching: Promise<void> = Promise.resolve();
  #starting: Promise<void> = Promise.resolve();
  #waitingFor: string | null = STARTING;

  constructor(options: EngineOptions) {
    this.#o = options;
    this.#parts = new Parts(options);
  }

  /** Waits for the database for as long as it takes; see `started`. */
  start(): void {
    this.#starting = this.#startParts();
  }

  /** Rejects if it can never start, because the schema does not fit this code. */
  get started(): Promise<void> {
    return this.#starting;
  }

  /** Hands over leadership before anything else is closed, so that the successor does not wait for that. */
  async handOver(): Promise<void> {
    this.#waitingFor = 'stopping';
    this.#stop.abort();
    await this.#starting.catch(() => {});
    await this.#parts.candidacy.stop();
    await this.#watching;
  }

  /** After `handOver`: closes what is still open. */
  async close(): Promise<void> {
    const { fullQueue, hearing, own } = this.#parts;
    fullQueue.stop();
    await hearing.close();
    await this.#election?.close();
    await own.close();
  }

  /** Passes what is heard to those who subscribe. */
  get dispatcher(): Dispatcher {
    return this.#parts.dispatcher;
  }

  /** For reads that must not queue in front of the leader's work. */
  get watchSession(): Session {
    return this.#parts.own.watch;
  }

  get role(): 'leader' | 'follower' | 'none' {
    if (this.#o.role === 'web') return 'none';
    return this.#parts.candidacy.leadership?.term ? 'leader' : 'follower';
  }

  /** The timers of this instance. Epoch milliseconds; null when none is armed. */
  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#parts.lifecycle.armed;
  }

  /** Stages that this instance, while it leads, cannot move. */
  get stuck(): readonly KnownStuck[] {
    return this.#parts.lifecycle.stuck;
  }

  /** Of the latest term that it knows of. */
  get epoch(): number {
    return this.#parts.leaderWatch.epoch;
  }

  /** The database's clock minus this host's, milliseconds; 0 before the first sample. */
  get clockOffsetMs(): number {
    return this.#parts.time.clock.aheadMs;
  }

  get knowsClock(): boolean {
    return this.#parts.time.clock.hasSample;
  }

  /** What the database's clock shows now, epoch milliseconds. */
  get databaseMs(): number {
    return this.#parts.time.clock.nowMs;
  }

  /** Milliseconds since the last heartbeat that this instance wrote; null before the first. */
  get heartbeatAgeMs(): number | null {
    return this.#parts.candidacy.leadership?.heartbeatAgeMs ?? null;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.role === 'leader' ? 0 : this.#parts.leaderWatch.leaderSeenAgoMs;
  }

  get toldBy(): ToldBy {
    return this.#parts.candidacy.leadership?.toldBy ?? STANDS_ASIDE;
  }

  get isListening(): boolean {
    return this.#parts.hearing.isListening;
  }

  /** The parts that are out of order. */
  get degraded(): string[] {
    return this.#o.health.degraded;
  }

  get troubles(): readonly KnownTrouble[] {
    return this.#o.health.troubles;
  }

  get isStarting(): boolean {
    return this.#waitingFor === STARTING;
  }

  /** Why this instance should get no requests; empty = ready. */
  get notReady(): string[] {
    if (this.#waitingFor !== null) return [this.#waitingFor];
    return reasonsNotReady(
      this.troubles,
      this.leaderSeenAgoMs,
      this.#o.leaseMs,
      this.#election?.trouble?.cause ?? null,
    );
  }

  async #startParts(): Promise<void> {
    const { database, createElection, clock, log } = this.#o;
    const { own, hearing, leaderWatch, candidacy, lifecycle } = this.#parts;
    const { signal } = this.#stop;
    const deployment = await reachDatabase({
      database,
      db: own.leading?.lead ?? own.watch,
      clock,
      log,
      signal,
      onWaiting: (why) => {
        this.#waitingFor = `database: ${why}`;
      },
    });
    if (deployment === null) return;
    this.#waitingFor = 'database: opening the connections of this instance';
    await own.start();
    if (signal.aborted) return;
    this.#waitingFor = null;
    hearing.start();
    this.#watching = leaderWatch.run(signal);
    const { leading } = own;
    if (leading === null) return;
    rehearseTimers();
    const election = createElection(deployment);
    this.#election = election;
    candidacy.start(() => lifecycle.startLeadership(election, deployment, leading));
  }
}
