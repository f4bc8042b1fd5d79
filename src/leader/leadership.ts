import { Backoff } from '../base/backoff.ts';
import { messageOf } from '../base/errors.ts';
import { Signal } from '../base/signal.ts';
import { readLeadership } from '../db/leading/leadership-row.ts';
import { releaseTerm, type Term } from '../db/leading/term.ts';
import type { Message } from '../db/message.ts';
import { FULL_QUEUE } from '../db/names.ts';
import { renewEveryMs } from './election.ts';
import { Follower } from './follower.ts';
import { Heartbeats } from './heartbeats.ts';
import { LastHeard } from './last-heard.ts';
import { type LeadershipOptions, LOSSES, type LossReason } from './protocol.ts';
import { Rivalry } from './rivalry.ts';
import { Succession } from './succession.ts';
import type { ToldBy } from './told-by.ts';

/** A failed campaign is tried again after the first pause. Each further pause is twice as long, up to the second. */
const RETRY_MS = [100, 1000] as const;
/** Pauses of a leader that tries to get the lock in Redis. It leads without it, so they can be longer. */
const WITHOUT_LOCK_LEASES = 1 / 2;

/** Follows the protocol that protocol.ts describes: follow, lead, and again. */
export class Leadership {
  readonly #o: LeadershipOptions;
  readonly #wake: Signal;
  readonly #rivalry: Rivalry;
  readonly #lastHeard: LastHeard;
  readonly #follower: Follower;
  readonly #succession: Succession;
  readonly #running: Promise<void>;
  #term: Term | null = null;
  #lastTerm: Term | null = null;
  #heartbeats: Heartbeats | null = null;
  #isStopping = false;
  /** Ends the present term's loops with a reason. */
  #endTerm: (reason: LossReason) => void = () => {};
  #heartbeatMs: number | null = null;

  constructor(options: LeadershipOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#rivalry = new Rivalry(options.leaseMs, options.health);
    this.#lastHeard = new LastHeard(options.clock);
    this.#succession = new Succession({
      ...options,
      kind: options.database.kind,
      lock: options.database.openLeaderLock(),
      onInherited: () => this.#follower.inherited(),
    });
    this.#follower = new Follower(options, this.#lastHeard, this.#wake, this.#rivalry, this.#succession, () =>
      this.#noteTrouble(),
    );
    options.election.onChange = () => {
      this.#noteTrouble();
      // Redis is back, and the lock may be free.
      if (this.#term === null && options.election.trouble === null) this.#wake.wake();
    };
    this.#running = this.#run();
  }

  get term(): Term | null {
    return this.#term;
  }

  /** How the leader's death would be noticed. */
  get toldBy(): ToldBy {
    return this.#succession.told;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.#term === null ? this.#lastHeard.leaderSeenAgoMs : 0;
  }

  /** Milliseconds since the last heartbeat that this instance wrote; null before the first. */
  get heartbeatAgeMs(): number | null {
    return this.#heartbeatMs === null ? null : this.#o.clock.monoMs() - this.#heartbeatMs;
  }

  /** A message was heard on the channel. */
  hear(message: Message): void {
    this.#lastHeard.hear(message);
    // Anybody can say so. The next heartbeat shows whether it is true.
    if (this.#term !== null && message.kind === 'term' && message.epoch > this.#term.epoch) this.#heartbeats?.hurry();
    if (this.#term === null && message.kind === 'vacant') this.#wake.wake();
    if (message.kind === 'pulse' && message.isLocked) this.#succession.isLocked();
    if (message.kind === 'unlocked' && message.epoch === this.#term?.epoch) this.#succession.look();
  }

  /** The lost connections are open again, so whatever waits to try again tries now. */
  databaseIsBack(): void {
    this.#heartbeats?.hurry();
    this.#wake.wake();
    this.#succession.tryAgain();
    this.#succession.look();
    if (this.#term !== null) this.#o.events.onBack?.();
  }

  /** Listening again. What was said about the leader's lock meanwhile was missed. */
  listening(): void {
    const known = (row: { isLocked: boolean }): void => {
      if (row.isLocked) this.#succession.isLocked();
    };
    readLeadership(this.#o.db).then(known, () => {});
  }

  /** Hands over and resolves when somebody else may lead. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#endTerm('stopping');
    this.#wake.wake();
    await this.#running;
    await this.#succession.close();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(...RETRY_MS);
    let isFailing = false;
    while (!this.#isStopping) {
      try {
        const term = await this.#follower.follow(this.#lastTerm, () => this.#isStopping);
        isFailing = false;
        backoff.reset();
        if (term !== null) await this.#lead(term);
      } catch (error) {
        // Most likely the database is away. Whatever it is, nobody may lead on a guess.
        await this.#o.election.resign();
        // A warning for each outage, not for each try.
        const level = isFailing ? 'debug' : 'warn';
        if (isFailing) this.#noteFailure(error);
        isFailing = true;
        this.#o.log[level]({ event: 'campaign_failed', error: messageOf(error) }, 'cannot campaign, trying again');
        await this.#wake.wait(backoff.next());
      }
    }
  }

  async #lead(term: Term): Promise<void> {
    const { log, events, election, db, clock } = this.#o;
    let end: (reason: LossReason) => void = () => {};
    const ended = new Promise<LossReason>((resolve) => {
      end = resolve;
    });
    const isOver = new AbortController();
    this.#endTerm = end;
    this.#term = term;
    this.#lastTerm = term;
    this.#heartbeatMs = clock.monoMs();
    log.info({ event: 'leadership_gained', term: term.epoch }, 'leading');
    if (this.#isStopping) end('stopping');
    events.onGained(term, () => end('deposed'));
    this.#succession.lead(term);
    const rhythms = [this.#renewing(isOver.signal), this.#sendingHeartbeats(term, end, isOver.signal)];
    const reason = await ended;
    this.#endTerm = () => {};
    this.#term = null;
    isOver.abort();
    const level = reason === 'stopping' ? 'info' : 'warn';
    log[level]({ event: 'leadership_lost', term: term.epoch, reason }, LOSSES[reason]);
    await events.onLost(reason);
    await Promise.all(rhythms);
    if (reason === 'deposed' && (await election.isStillElected()) && !(await this.#wasTakenForDead())) {
      this.#rivalry.wasDeposedWhileElected(clock.monoMs());
    }
    // The lock first: it must be free when the others hear `vacant`.
    await election.resign();
    // Deposed: the term is not ours to release. No database: it cannot be released, and turns stale.
    if (reason === 'stopping') {
      await releaseTerm(db, term).catch((error) => {
        log.warn({ event: 'release_failed', error: messageOf(error) }, 'could not say that the term is vacant');
      });
    }
    // After the term: whoever is given the lock while the term is still ours would take us for dead.
    this.#succession.rest();
  }

  /** Keeps the lock, or tries to get it. Losing it does not end the term: only PostgreSQL does. */
  async #renewing(over: AbortSignal): Promise<void> {
    const { election, clock, leaseMs } = this.#o;
    let wasHeld = false;
    await this.#follower.settled;
    for (;;) {
      const isOurs = election.trouble === null && !wasHeld;
      await clock.sleep(isOurs ? renewEveryMs(leaseMs) : WITHOUT_LOCK_LEASES * leaseMs, over);
      if (over.aborted) return;
      const { kind } = await election.renew();
      this.#noteTrouble();
      if (kind === 'elected') this.#rivalry.isSettled();
      if (kind === 'held') this.#rivalry.sawForeignLock(clock.monoMs());
      // The holder of the lock may have taken the term.
      if (kind === 'held' && !wasHeld) this.#heartbeats?.hurry();
      wasHeld = kind === 'held';
    }
  }

  async #sendingHeartbeats(term: Term, end: (reason: LossReason) => void, over: AbortSignal): Promise<void> {
    const { db, leaseMs, clock, log, events, dealtWith, writeEvery = 1 } = this.#o;
    const heartbeats = new Heartbeats({ db, term, leaseMs, clock, log, writeEvery, ...(dealtWith && { dealtWith }) });
    this.#heartbeats = heartbeats;
    let wasFull = false;
    const reason = await heartbeats.sendUntil(over, {
      onHeartbeat: (sample, missed, queueUsage) => {
        this.#heartbeatMs = clock.monoMs();
        wasFull = queueUsage > FULL_QUEUE;
        events.onQueue?.(queueUsage);
        events.onHeartbeat(sample, missed);
        void this.#succession.heartbeatWritten();
      },
      onRest: (sentMs) => {
        // With a full queue nothing was said.
        if (this.#lastHeard.heardMs < sentMs && !wasFull) events.onSilence('our own pulse was not heard', sentMs);
      },
    });
    this.#heartbeats = null;
    if (reason !== null) end(reason);
  }

  /** Whether a follower was told that we are dead, as our sessions had ended. That says nothing about the election. */
  #wasTakenForDead(): Promise<boolean> {
    return readLeadership(this.#o.db).then(
      ({ isLocked }) => isLocked,
      () => true,
    );
  }

  /** For when no other trouble says why nobody can lead. */
  #noteFailure(error: unknown): void {
    const { health } = this.#o;
    if (health.degraded.some((part) => part !== 'term')) return;
    health.note('term', {
      cause: 'the statements by which an instance takes and keeps the term fail, so this one cannot lead',
      cure: 'mend what the detail says: a trigger, a rule or a right on the table leadership or term, most likely',
      detail: messageOf(error),
      isBlocking: true,
    });
  }

  #noteTrouble(): void {
    const { health, election } = this.#o;
    health.note('redis', election.trouble);
    health.note('redis_server', election.minorTrouble);
  }
}
