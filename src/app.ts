import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { type ClockSample, RemoteClock } from './base/remote-clock.ts';
import type { Config } from './config/schema.ts';
import type { Advanced } from './db/advance.ts';
import type { Database, Session } from './db/database.ts';
import type { Message } from './db/message.ts';
import { readOverdue, STALE_LEASES } from './db/term.ts';
import { Hearing } from './hearing.ts';
import { HttpServer } from './http/server.ts';
import type { Election } from './leader/election.ts';
import { Leadership } from './leader/leadership.ts';
import { LeaderWatch } from './leader-watch.ts';
import { Metrics } from './metrics.ts';
import { reachDatabase } from './reach-database.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { logTransitions } from './transition-log.ts';

export interface AppOptions {
  config: Config;
  database: Database;
  /** Made once the database has told the deployment's name. */
  createElection(deployment: string): Election;
  clock: Clock;
  random: () => number;
  log: Log;
}

/** Statements of the leader: longer than any healthy one, shorter than an operator's patience. */
const LEADER_TIMEOUT_MS = 5000;

const NO_LIMIT_MS = 2 ** 31 - 1;

/** How late a pulse may arrive, which a follower cannot tell from a clock that is behind. */
const PULSE_DELAY_MS = 10;

/**
 * The composition root: builds each part once, in floor order, and stops them in reverse. HTTP
 * answers from the first moment, so that /readyz can say what is being waited for.
 */
export class App {
  readonly #o: AppOptions;
  readonly #metrics: Metrics;
  readonly #http: HttpServer;
  readonly #sessions: { lead: Session; ring: Session; plan: Session; watch: Session };
  readonly #stop = new AbortController();
  readonly #hearing: Hearing;
  #election: Election | null = null;
  #leadership: Leadership | null = null;
  /** In place of leadership, for an instance that never leads. */
  #watch: LeaderWatch | null = null;
  #watching: Promise<void> = Promise.resolve();
  #scheduler: Scheduler | null = null;
  #starting: Promise<void> = Promise.resolve();
  #waitingFor: string | null = 'starting';
  readonly #databaseClock: RemoteClock;
  #epoch = 0;

  constructor(options: AppOptions) {
    this.#o = options;
    const { config, database, log, clock } = options;
    this.#databaseClock = new RemoteClock(clock);
    this.#hearing = new Hearing(database, log, {
      onMessage: (message) => this.#heard(message),
      // Whatever was said meanwhile was missed.
      onListening: () => this.#scheduler?.catchUp(),
    });
    this.#sessions = {
      // Shorter than a lease, within which it must be known that the database is out of reach.
      lead: database.openSession('lead', Math.min(LEADER_TIMEOUT_MS, config.leader.leaseMs / 2)),
      ring: database.openSession('ring', LEADER_TIMEOUT_MS),
      plan: database.openSession('plan', 2 * LEADER_TIMEOUT_MS),
      watch: database.openSession('watch', LEADER_TIMEOUT_MS),
    };
    this.#metrics = new Metrics({
      overdue: () => readOverdue(this.#sessions.watch),
      armed: () => this.#armed(),
      isLeader: () => this.#role() === 'leader',
      epoch: () => this.#epoch,
      clockOffsetMs: () => this.#databaseClock.aheadMs,
      heartbeatAgeMs: () => this.#leadership?.heartbeatAgeMs ?? null,
      isListening: () => this.#hearing.isListening,
      degraded: () => this.#degraded(),
    });
    this.#http = new HttpServer({
      database,
      db: this.#sessions.watch,
      log,
      clock,
      instance: config.instanceName,
      role: config.role,
      security:
        config.security.apiKeys === null
          ? { kind: 'open', metricsOpen: true }
          : { kind: 'keys', keys: config.security.apiKeys, metricsOpen: config.security.metricsOpen },
      metrics: this.#metrics,
      view: {
        role: () => this.#role(),
        armed: () => this.#armed(),
        clockOffsetMs: () => this.#databaseClock.aheadMs,
        degraded: () => this.#degraded(),
        notReady: () => this.#notReady(),
      },
    });
  }

  /** Listens, then waits for the database for as long as it takes; resolves with the port. */
  async start(): Promise<{ port: number }> {
    const { config, log } = this.#o;
    const { port } = await this.#http.listen(config.http.port, config.http.host);
    log.info({ event: 'listening', port, host: config.http.host }, `http://${config.http.host}:${port}`);
    this.#starting = this.#startParts();
    return { port };
  }

  /** Rejects when it never will be: the schema does not fit this code. */
  get started(): Promise<void> {
    return this.#starting;
  }

  /**
   * Leadership first, so that the successor does not wait for our clients; then HTTP; then the rest.
   * Resolves when nothing is left running.
   */
  async stop(): Promise<void> {
    const { log, clock, config, database } = this.#o;
    const startedMs = clock.monoMs();
    this.#waitingFor = 'stopping';
    this.#stop.abort();
    await this.#starting.catch(() => {});
    await this.#leadership?.stop();
    await this.#watching;
    const handedOverMs = clock.monoMs() - startedMs;
    // A second is left for closing connections. 0 = no limit, which a timer can only say as a long time.
    const limitMs = config.shutdownTimeoutMs === 0 ? NO_LIMIT_MS : config.shutdownTimeoutMs - handedOverMs - 1000;
    await this.#http.stop(Math.max(0, limitMs));
    await this.#hearing.close();
    await this.#election?.close();
    await Promise.all(Object.values(this.#sessions).map((session) => session.close()));
    await database.close();
    const tookMs = Math.round(clock.monoMs() - startedMs);
    log.info({ event: 'stopped', handed_over_ms: Math.round(handedOverMs), took_ms: tookMs }, 'stopped');
  }

  async #startParts(): Promise<void> {
    const { config, database, createElection, log, clock, random } = this.#o;
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
    if (config.role === 'web') {
      this.#watch = new LeaderWatch(this.#sessions.watch, config.leader.leaseMs, clock);
      this.#watching = this.#watch.run(this.#stop.signal);
      return;
    }
    this.#election = createElection(deployment);
    this.#leadership = new Leadership({
      database,
      db: this.#sessions.lead,
      election: this.#election,
      instance: config.instanceName,
      leaseMs: config.leader.leaseMs,
      clock,
      random,
      log,
      events: {
        onGained: (term) => {
          this.#epoch = term.epoch;
          this.#scheduler = new Scheduler(term, {
            ringing: this.#sessions.ring,
            planning: this.#sessions.plan,
            instance: config.instanceName,
            leaseMs: config.leader.leaseMs,
            horizon: config.timers.horizon,
            databaseClock: this.#databaseClock,
            clock,
            log,
            events: {
              onMoved: (batch, cause) => this.#moved(batch, cause, term.epoch),
              onAdvanceFailed: () => this.#metrics.advanceFailed(),
              onDeposed: () => this.#leadership?.deposed(term),
            },
          });
        },
        onLost: async () => {
          const scheduler = this.#scheduler;
          this.#scheduler = null;
          await scheduler?.stop();
        },
        onBeat: (sample, missed) => this.#beat(sample, missed),
        onSilence: (reason) => this.#hearing.distrust(reason),
      },
    });
  }

  #heard(message: Message): void {
    this.#leadership?.hear(message);
    if (message.kind === 'edit') this.#scheduler?.edited(message.instants);
    else this.#epoch = message.epoch;
    if (message.kind === 'pulse' || message.kind === 'term') this.#watch?.heard();
    if (message.kind === 'pulse' && this.#scheduler === null) {
      // Heard on its way, so late by an unknown moment: good for a look, and nothing is armed by it.
      const receivedMs = this.#o.clock.monoMs();
      this.#databaseClock.add({ remoteMs: message.databaseMs, sentMs: receivedMs - PULSE_DELAY_MS, receivedMs });
    }
  }

  #beat(sample: ClockSample, missed: number): void {
    this.#databaseClock.add(sample);
    this.#scheduler?.align();
    // The net: something was due a second ago and no timer rang for it. And where edits cannot be
    // heard, they are read.
    if (missed > 0 || !this.#o.database.canListen) this.#scheduler?.catchUp();
  }

  #moved(batch: Advanced, cause: 'timer' | 'sweep', term: number): void {
    this.#metrics.moved(batch.tally, cause);
    logTransitions(this.#o.log, batch, cause, term);
  }

  #role(): 'leader' | 'follower' | 'none' {
    if (this.#o.config.role === 'web') return 'none';
    return this.#leadership?.term ? 'leader' : 'follower';
  }

  #armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#scheduler?.armed ?? { instants: 0, nextMs: null, lastMs: null };
  }

  #degraded(): string[] {
    const reasons: string[] = [];
    if (this.#election?.degraded) reasons.push(this.#election.degraded);
    if (this.#hearing.isDegraded) reasons.push('listen');
    return reasons;
  }

  #notReady(): string[] {
    if (this.#waitingFor !== null) return [this.#waitingFor];
    const reasons: string[] = [];
    if (this.#hearing.deafBecause !== null) reasons.push(`database: ${this.#hearing.deafBecause}`);
    const staleMs = STALE_LEASES * this.#o.config.leader.leaseMs;
    const leader = this.#leadership ?? this.#watch;
    if (leader !== null && leader.leaderSeenAgoMs > staleMs) {
      reasons.push(
        `leadership: nobody is known to lead${this.#election?.degraded ? ', and Redis does not answer' : ''}`,
      );
    }
    return reasons;
  }
}
