import type { Clock } from './base/clock.ts';
import type { Health, KnownTrouble } from './base/health.ts';
import type { Log } from './base/log.ts';
import { type ClockSample, RemoteClock } from './base/remote-clock.ts';
import { BlockWatch } from './block-watch.ts';
import { ClockWatch } from './clock-watch.ts';
import type { Advanced } from './db/advance.ts';
import type { Database, Session } from './db/database.ts';
import type { Message } from './db/message.ts';
import { NOTHING, STALE_LEASES, type Term } from './db/term.ts';
import { FullQueue } from './full-queue.ts';
import { Hearing } from './hearing.ts';
import type { Election } from './leader/election.ts';
import { Leadership } from './leader/leadership.ts';
import { LeaderWatch } from './leader-watch.ts';
import { reachDatabase } from './reach-database.ts';
import { BATCH } from './scheduler/advancer.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { type KnownStuck, troubleOf } from './scheduler/stuck-stages.ts';

export interface EngineOptions {
  instance: string;
  /** `web` never leads. */
  role: 'all' | 'web' | 'clock';
  leaseMs: number;
  /** Instants armed at most. */
  horizon: number;
  /** Boundaries that one statement moves at most. */
  batch?: number;
  database: Database;
  /** Made once the database has told the deployment's name. */
  createElection(deployment: string): Election;
  clock: Clock;
  random: () => number;
  log: Log;
  health: Health;
  events: EngineEvents;
}

export interface EngineEvents {
  onMoved(batch: Advanced, cause: 'timer' | 'sweep', term: Term): void;
  onAdvanceFailed(): void;
  /** Another instance came or went. */
  onInstances?(): void;
}

/** Statements of the leader: longer than any healthy one, shorter than an operator's patience, and than db/advance.ts counts on. */
const LEADER_TIMEOUT_MS = 5000;

/** A single stage that takes longer than this to move is stuck. */
const TRY_TIMEOUT_MS = 1000;
const STARTING = 'starting';

/** One connection must be free for requests in between: 1,000 boundaries take an embedded database 100 ms. */
const EMBEDDED_BATCH = 250;

/** How late a pulse may arrive, which a follower cannot tell from a clock that is behind. */
const PULSE_DELAY_MS = 10;

/**
 * What an instance does without being asked: it reaches the database, listens, follows and leads, and
 * while it leads it schedules. Everything about time and faults happens here; HTTP is beside it (app.ts).
 */
export class Engine {
  readonly #o: EngineOptions;
  readonly #sessions: Record<'lead' | 'ring' | 'ring2' | 'plan' | 'watch', Session>;
  /** Connects when a stage cannot be moved, or a statement waits for somebody, and not before. */
  readonly #trying: Session;
  readonly #blockWatch: BlockWatch;
  readonly #stop = new AbortController();
  readonly #hearing: Hearing;
  readonly #fullQueue: FullQueue;
  readonly #databaseClock: RemoteClock;
  readonly #clockWatch: ClockWatch;
  #election: Election | null = null;
  #leadership: Leadership | null = null;
  /** In place of leadership, for an instance that never leads. */
  #watch: LeaderWatch | null = null;
  #watching: Promise<void> = Promise.resolve();
  #scheduler: Scheduler | null = null;
  #starting: Promise<void> = Promise.resolve();
  #waitingFor: string | null = STARTING;
  #epoch = 0;

  constructor(options: EngineOptions) {
    this.#o = options;
    const { database, log, clock, leaseMs, health } = options;
    this.#databaseClock = new RemoteClock(clock);
    this.#clockWatch = new ClockWatch(health);
    this.#hearing = new Hearing(database, clock, log, health, {
      onMessage: (message) => this.#heard(message),
      // Whatever was said meanwhile was missed.
      onListening: () => this.#scheduler?.catchUp(),
    });
    this.#fullQueue = new FullQueue(clock, health, () => this.#scheduler?.look());
    this.#sessions = {
      // Shorter than a lease, within which it must be known that the database is out of reach.
      lead: database.openSession('lead', Math.min(LEADER_TIMEOUT_MS, leaseMs / 2)),
      ring: database.openSession('ring', LEADER_TIMEOUT_MS),
      ring2: database.openSession('ring2', LEADER_TIMEOUT_MS),
      plan: database.openSession('plan', LEADER_TIMEOUT_MS),
      watch: database.openSession('watch', LEADER_TIMEOUT_MS),
    };
    this.#trying = database.openSession('try', TRY_TIMEOUT_MS);
    this.#blockWatch = new BlockWatch(this.#trying, clock, health);
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
    await this.#leadership?.stop();
    await this.#watching;
  }

  /** After `handOver`: closes what is still open. */
  async close(): Promise<void> {
    this.#blockWatch.forget();
    this.#fullQueue.stop();
    await this.#hearing.close();
    await this.#election?.close();
    await Promise.all([...Object.values(this.#sessions), this.#trying].map((session) => session.close()));
  }

  /** For looks at the database that must not queue in front of the leader's work. */
  get watchSession(): Session {
    return this.#sessions.watch;
  }

  get role(): 'leader' | 'follower' | 'none' {
    if (this.#o.role === 'web') return 'none';
    return this.#leadership?.term ? 'leader' : 'follower';
  }

  /** The timers of this instance. Epoch milliseconds; null when none is armed. */
  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#scheduler?.armed ?? { instants: 0, nextMs: null, lastMs: null };
  }

  /** Stages that this instance, while it leads, cannot move. */
  get stuck(): readonly KnownStuck[] {
    return this.#scheduler?.stuck ?? [];
  }

  /** The latest term that this instance knows of. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The database's clock minus this host's, milliseconds; 0 before the first sample. */
  get clockOffsetMs(): number {
    return this.#databaseClock.aheadMs;
  }

  get knowsClock(): boolean {
    return this.#databaseClock.hasSample;
  }

  /** What the database's clock shows now, epoch milliseconds. */
  get databaseMs(): number {
    return this.#databaseClock.nowMs;
  }

  /** Milliseconds since the last heartbeat that this instance wrote; null before the first. */
  get heartbeatAgeMs(): number | null {
    return this.#leadership?.heartbeatAgeMs ?? null;
  }

  get isListening(): boolean {
    return this.#hearing.isListening;
  }

  /** What the service does without for now, such as `redis`. */
  get degraded(): string[] {
    return this.#o.health.degraded;
  }

  /** The same, each with its cause and cure. */
  get troubles(): readonly KnownTrouble[] {
    return this.#o.health.troubles;
  }

  get isStarting(): boolean {
    return this.#waitingFor === STARTING;
  }

  /** Why this instance should get no requests; empty = ready. */
  get notReady(): string[] {
    if (this.#waitingFor !== null) return [this.#waitingFor];
    const reasons = this.troubles.filter(({ isBlocking }) => isBlocking).map(({ part, cause }) => `${part}: ${cause}`);
    if (this.#hearing.deafBecause !== null) reasons.push('database: the connection that listens is lost');
    const leader = this.#leadership ?? this.#watch;
    if (leader !== null && leader.leaderSeenAgoMs > STALE_LEASES * this.#o.leaseMs) {
      reasons.push(
        `leadership: nobody is known to lead${this.#election?.trouble ? `, and ${this.#election.trouble.cause}` : ''}`,
      );
    }
    return reasons;
  }

  async #startParts(): Promise<void> {
    const { database, createElection, clock, log, role, leaseMs } = this.#o;
    const deployment = await reachDatabase({
      database,
      db: this.#sessions.lead,
      clock,
      log,
      signal: this.#stop.signal,
      onWaiting: (why) => {
        this.#waitingFor = `database: ${why}`;
      },
    });
    if (deployment === null) return;
    this.#waitingFor = null;
    this.#hearing.start();
    if (role === 'web') {
      this.#watch = new LeaderWatch(this.#sessions.watch, leaseMs, clock);
      this.#watching = this.#watch.run(this.#stop.signal);
      return;
    }
    this.#election = createElection(deployment);
    this.#leadership = this.#lead(this.#election, deployment);
  }

  #lead(election: Election, deployment: string): Leadership {
    const { database, instance, leaseMs, clock, random, log, health } = this.#o;
    return new Leadership({
      database,
      db: this.#watched(this.#sessions.lead),
      election,
      instance,
      deployment,
      leaseMs,
      clock,
      random,
      log,
      health,
      dealtWith: () => this.#scheduler?.dealtWith ?? NOTHING,
      events: {
        onGained: (term) => {
          this.#epoch = term.epoch;
          this.#scheduler = this.#schedule(term);
        },
        onLost: async (reason) => {
          const scheduler = this.#scheduler;
          this.#scheduler = null;
          // The next leader finds by itself what is in its way.
          this.#o.health.note('stuck', null);
          this.#blockWatch.forget();
          const stopped = scheduler?.stop();
          // Whoever hands over waits for what runs. Else the answers may never come, and the fence is closed.
          if (reason !== 'stopping') this.#giveUpStatements();
          await stopped;
        },
        onBeat: (sample, missed) => this.#beat(sample, missed),
        onQueue: (usage) => this.#fullQueue.noted(usage),
        onSilence: (reason, saidMs) => this.#hearing.distrust(reason, saidMs),
      },
    });
  }

  /** In this process nobody else can hold anything for long, and there is no other connection to ask. */
  #watched(session: Session): Session {
    return this.#o.database.kind === 'embedded' ? session : this.#blockWatch.over(session);
  }

  #giveUpStatements(): void {
    const { ring, ring2, plan } = this.#sessions;
    for (const session of [ring, ring2, plan, this.#trying]) session.giveUp();
  }

  #schedule(term: Term): Scheduler {
    const { instance, leaseMs, horizon, database, clock, log, events } = this.#o;
    const { batch = database.kind === 'embedded' ? EMBEDDED_BATCH : BATCH } = this.#o;
    return new Scheduler(term, {
      ringing: [this.#watched(this.#sessions.ring), this.#watched(this.#sessions.ring2)],
      planning: this.#watched(this.#sessions.plan),
      trying: this.#trying,
      instance,
      leaseMs,
      horizon,
      batch,
      databaseClock: this.#databaseClock,
      clock,
      log,
      events: {
        onMoved: (batch, cause) => events.onMoved(batch, cause, term),
        onAdvanceFailed: () => events.onAdvanceFailed(),
        onDeposed: () => this.#leadership?.deposed(term),
        onStuck: (stuck) => this.#o.health.note('stuck', troubleOf(stuck)),
      },
    });
  }

  #heard(message: Message): void {
    if (message.kind === 'instances') {
      this.#o.events.onInstances?.();
      return;
    }
    this.#leadership?.hear(message);
    if (message.kind === 'edit') this.#scheduler?.edited(message.instants);
    else this.#epoch = message.epoch;
    if (message.kind === 'pulse' || message.kind === 'term') this.#watch?.heard();
    if (message.kind === 'pulse' && this.#scheduler === null) {
      this.#fullQueue.heard();
      // Heard on its way, so late by an unknown moment: good for a look, and nothing is armed by it.
      const receivedMs = this.#o.clock.monoMs();
      this.#databaseClock.add({ remoteMs: message.databaseMs, sentMs: receivedMs - PULSE_DELAY_MS, receivedMs });
      this.#clockWatch.offset(this.clockOffsetMs);
    }
  }

  #beat(sample: ClockSample, missed: number): void {
    this.#databaseClock.add(sample);
    this.#clockWatch.trip(sample);
    this.#clockWatch.offset(this.clockOffsetMs);
    this.#scheduler?.align();
    // The net: something was due a second ago and no timer rang for it. And where edits cannot be
    // heard, they are read.
    if (missed > 0) this.#scheduler?.catchUp();
    else if (!this.#o.database.canListen) this.#scheduler?.catchUpWithEdits();
  }
}
