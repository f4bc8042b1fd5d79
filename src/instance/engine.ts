import type { KnownTrouble } from '../base/health.ts';
import type { ClockSample } from '../base/remote-clock.ts';
import type { Session } from '../db/database.ts';
import type { Message } from '../db/message.ts';
import type { Election } from '../leader/election.ts';
import { Leadership } from '../leader/leadership.ts';
import { STANDS_ASIDE, type ToldBy } from '../leader/succession.ts';
import type { KnownStuck } from '../scheduler/stuck-stages.ts';
import { rehearseTimers } from '../scheduler/timer-table.ts';
import { Candidacy } from './candidacy.ts';
import { DatabaseTime } from './database-time.ts';
import type { EngineOptions } from './engine-options.ts';
import { FullQueue } from './health/full-queue.ts';
import { reasonsNotReady } from './health/readiness.ts';
import { Hearing } from './hearing.ts';
import { LeaderWatch } from './leader-watch.ts';
import { reachDatabase } from './reach-database.ts';
import { Scheduling } from './scheduling.ts';
import { type LeadingSessions, OwnSessions } from './sessions/own-sessions.ts';

const STARTING = 'starting';

/** Nobody else can have an embedded database: its heartbeats are for its own process, and each written one is a sync. */
const EMBEDDED_WRITE_EVERY = 12;

/**
 * What an instance does without being asked: it reaches the database, listens, follows and leads, and
 * while it leads it schedules. Everything about time and faults happens here; HTTP is beside it (app.ts).
 */
export class Engine {
  readonly #o: EngineOptions;
  readonly #own: OwnSessions;
  readonly #stop = new AbortController();
  readonly #hearing: Hearing;
  readonly #fullQueue: FullQueue;
  readonly #time: DatabaseTime;
  #election: Election | null = null;
  /** null for an instance that never leads, and before the start. */
  #candidacy: Candidacy | null = null;
  readonly #watch: LeaderWatch;
  #watching: Promise<void> = Promise.resolve();
  readonly #scheduling: Scheduling;
  #starting: Promise<void> = Promise.resolve();
  #waitingFor: string | null = STARTING;
  #epoch = 0;

  constructor(options: EngineOptions) {
    this.#o = options;
    const { database, log, clock, leaseMs, health } = options;
    this.#time = new DatabaseTime(clock, health);
    this.#hearing = new Hearing(database, clock, log, health, {
      onMessage: (message) => this.#heard(message),
      // Whatever was said meanwhile was missed.
      onListening: () => this.#catchUp(),
    });
    this.#fullQueue = new FullQueue(clock, health, () => this.#scheduling.scheduler?.look());
    this.#own = new OwnSessions({ database, mayLead: options.role !== 'web', leaseMs, health, clock });
    this.#scheduling = new Scheduling(options, this.#own, this.#time.clock, (term) =>
      this.#candidacy?.leadership?.deposed(term),
    );
    this.#watch = new LeaderWatch(this.#own.watch, leaseMs, clock, () => options.events.onRecord?.(null));
  }

  /** Waits for the database for as long as it takes; see `started`. */
  start(): void {
    this.#starting = this.#startParts();
  }

  /** Rejects when it never will be: the schema does not fit this code. */
  get started(): Promise<void> {
    return this.#starting;
  }

  /** Leadership first, so that the successor does not wait for anything else; resolves when it is handed over. */
  async handOver(): Promise<void> {
    this.#waitingFor = 'stopping';
    this.#stop.abort();
    await this.#starting.catch(() => {});
    await this.#candidacy?.stop();
    await this.#watching;
  }

  /** After `handOver`: closes what is still open. */
  async close(): Promise<void> {
    this.#fullQueue.stop();
    await this.#hearing.close();
    await this.#election?.close();
    await this.#own.close();
  }

  /** For looks at the database that must not queue in front of the leader's work. */
  get watchSession(): Session {
    return this.#own.watch;
  }

  get role(): 'leader' | 'follower' | 'none' {
    if (this.#o.role === 'web') return 'none';
    return this.#candidacy?.leadership?.term ? 'leader' : 'follower';
  }

  /** The timers of this instance. Epoch milliseconds; null when none is armed. */
  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#scheduling.armed;
  }

  /** Stages that this instance, while it leads, cannot move. */
  get stuck(): readonly KnownStuck[] {
    return this.#scheduling.stuck;
  }

  /** Of the latest term that it knows of. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The database's clock minus this host's, milliseconds; 0 before the first sample. */
  get clockOffsetMs(): number {
    return this.#time.clock.aheadMs;
  }

  get knowsClock(): boolean {
    return this.#time.clock.hasSample;
  }

  /** What the database's clock shows now, epoch milliseconds. */
  get databaseMs(): number {
    return this.#time.clock.nowMs;
  }

  /** Milliseconds since the last heartbeat that this instance wrote; null before the first. */
  get heartbeatAgeMs(): number | null {
    return this.#candidacy?.leadership?.heartbeatAgeMs ?? null;
  }

  get toldBy(): ToldBy {
    return this.#candidacy?.leadership?.toldBy ?? STANDS_ASIDE;
  }

  get isListening(): boolean {
    return this.#hearing.isListening;
  }

  /** What it does without for now. */
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
    const leaderSeenAgoMs = this.role === 'leader' ? 0 : this.#watch.leaderSeenAgoMs;
    return reasonsNotReady(this.troubles, leaderSeenAgoMs, this.#o.leaseMs, this.#election?.trouble?.cause ?? null);
  }

  async #startParts(): Promise<void> {
    const { database, createElection, clock, log, leaseMs } = this.#o;
    const deployment = await reachDatabase({
      database,
      db: this.#own.leading?.lead ?? this.#own.watch,
      clock,
      log,
      signal: this.#stop.signal,
      onWaiting: (why) => {
        this.#waitingFor = `database: ${why}`;
      },
    });
    if (deployment === null) return;
    this.#waitingFor = 'database: opening the connections of this instance';
    await this.#own.start();
    if (this.#stop.signal.aborted) return;
    this.#waitingFor = null;
    this.#hearing.start();
    this.#watching = this.#watch.run(this.#stop.signal);
    const { leading, kept } = this.#own;
    if (leading === null) return;
    rehearseTimers();
    const election = createElection(deployment);
    this.#election = election;
    this.#candidacy = new Candidacy(kept, () => this.#lead(election, deployment, leading), leaseMs, clock);
  }

  #lead(election: Election, deployment: string, sessions: LeadingSessions): Leadership {
    const { database, instance, leaseMs, clock, random, log, health } = this.#o;
    return new Leadership({
      database,
      db: sessions.lead,
      election,
      instance,
      deployment,
      leaseMs,
      writeEvery: database.kind === 'embedded' ? EMBEDDED_WRITE_EVERY : 1,
      clock,
      random,
      log,
      health,
      dealtWith: () => this.#scheduling.dealtWith,
      events: {
        onGained: (term) => {
          this.#epoch = term.epoch;
          this.#scheduling.begin(term, sessions);
          this.#own.driftWatch.termBegins();
        },
        onLost: (reason) => this.#scheduling.end(sessions, reason),
        onBeat: (sample, missed) => this.#beat(sample, missed),
        onBack: () => this.#catchUp(),
        onQueue: (usage) => this.#fullQueue.noted(usage),
        onSilence: (reason, saidMs) => this.#hearing.distrust(reason, saidMs),
      },
    });
  }

  #catchUp(): void {
    this.#o.events.onRecord?.(null);
    this.#candidacy?.leadership?.listening();
    this.#scheduling.scheduler?.catchUp();
  }

  #heard(message: Message): void {
    const { events } = this.#o;
    if (message.kind === 'instances') events.onInstances?.();
    if (message.kind === 'record' || message.kind === 'edit') events.onRecord?.(null);
    if (message.kind === 'instances' || message.kind === 'record') return;
    this.#candidacy?.leadership?.hear(message);
    if (message.kind === 'edit') this.#scheduling.scheduler?.edited(message.instants);
    else this.#epoch = message.epoch;
    if (message.kind === 'pulse') events.onRecord?.(message.recordEnd);
    if (message.kind === 'pulse' || message.kind === 'term') this.#watch.heard();
    if (message.kind === 'pulse' && this.#scheduling.scheduler === null) {
      this.#fullQueue.heard();
      this.#time.heard(message.databaseMs);
    }
  }

  #beat(sample: ClockSample, missed: number): void {
    this.#time.measured(sample);
    const { scheduler } = this.#scheduling;
    scheduler?.align();
    this.#own.driftWatch.look(missed > 0);
    // Something was due a second ago and no timer rang for it. And where edits cannot be heard, they are read.
    if (missed > 0) scheduler?.catchUp();
    else if (!this.#o.database.canListen) scheduler?.catchUpWithEdits();
  }
}
