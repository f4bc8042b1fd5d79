import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { ClockSample } from '../base/remote-clock.ts';
import { Signal } from '../base/signal.ts';
import type { Database, Queryable } from '../db/database.ts';
import type { Message } from '../db/message.ts';
import { beat, readLeadership, releaseTerm, STALE_LEASES, type Term, takeTerm } from '../db/term.ts';
import { type Election, renewEveryMs, type Verdict } from './election.ts';

/**
 * The protocol, in prose.
 *
 * Every instance that may lead runs this loop: **follow** until it has a term, **lead** until it
 * loses it, and again.
 *
 *                 elected, or undecided and the term is vacant or stale
 *        ┌────────┐ ───────────── takes the next term ──────────────▶ ┌──────┐
 *        │ follow │                                                   │ lead │
 *        └────────┘ ◀── deposed · outvoted · no database · stopping ─ └──────┘
 *
 * Authority. Redlock (the election) says who should lead; the one row in `leadership` says who does.
 * Taking a term writes epoch + 1 and a new nonce there. Every advance names its term and locks that
 * row in the same statement, so from the take-over's commit on the previous leader can move nothing,
 * paused, partitioned or merely slow.
 *
 * Following. While the leader's pulses are heard, nobody asks Redis anything. When one is missing,
 * campaign: if the lock is held, again when it would end; if it is free, take it and then the term.
 * A leader that lets go says `vacant`, and everybody tries at once.
 *
 * Leading. Two independent rhythms: the lock is renewed three times a lease, the heartbeat in
 * PostgreSQL is written once a lease.
 *  - Redis unreachable: go on, degraded. The term is valid, nobody else can take the lock. If the
 *    leader dies now, a follower that cannot reach Redis either takes the term when the heartbeat is
 *    three leases old.
 *  - The lock is somebody else's: step down.
 *  - The heartbeat says that the term is not ours: step down.
 *  - PostgreSQL unreachable for a lease: let go of the lock, so that an instance that can reach it leads.
 *
 * Stopping. Timers first (`onLost`), then the lock, then the term, which says `vacant`: only after
 * that does HTTP drain, so the successor does not wait for it.
 */
export interface LeadershipEvents {
  /** A term began. Returns at once: the lock and the heartbeat cannot wait for a long sweep. */
  onGained(term: Term): void;
  /** The term is over, whoever ended it: stop acting; resolves when nothing is in flight. Must not reject. */
  onLost(): Promise<void>;
  /** A heartbeat was written. */
  onBeat(sample: ClockSample, missed: number): void;
  /** Nothing was heard that should have been: the ears are not to be trusted. */
  onSilence(reason: string): void;
}

export interface LeadershipOptions {
  database: Database;
  /** Used for nothing else, so that a heartbeat never queues. */
  db: Queryable;
  election: Election;
  instance: string;
  leaseMs: number;
  clock: Clock;
  /** Uniform in [0, 1): keeps two candidates from colliding for ever. */
  random: () => number;
  log: Log;
  events: LeadershipEvents;
}

type LossReason = 'deposed' | 'outvoted' | 'database' | 'stopping';

export class Leadership {
  readonly #o: LeadershipOptions;
  readonly #wake: Signal;
  readonly #running: Promise<void>;
  #term: Term | null = null;
  #isStopping = false;
  /** Ends the present term's loops with a reason. */
  #endTerm: (reason: LossReason) => void = () => {};
  /** Monotonic time at which anything proved that a leader is alive. */
  #leaderSeenMs: number;
  #heardMs: number;
  #heartbeatMs: number | null = null;
  #degraded: string | null = null;

  constructor(options: LeadershipOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#leaderSeenMs = Number.NEGATIVE_INFINITY;
    this.#heardMs = options.clock.monoMs();
    options.election.onChange = () => {
      this.#noteDegraded();
      // Redis is back: perhaps there is something to win.
      if (this.#term === null && options.election.degraded === null) this.#wake.wake();
    };
    this.#running = this.#run();
  }

  get term(): Term | null {
    return this.#term;
  }

  /** Milliseconds since anybody was known to lead. */
  get leaderSeenAgoMs(): number {
    return this.#term === null ? this.#o.clock.monoMs() - this.#leaderSeenMs : 0;
  }

  /** Milliseconds since the last heartbeat that this instance wrote; null before the first. */
  get heartbeatAgeMs(): number | null {
    return this.#heartbeatMs === null ? null : this.#o.clock.monoMs() - this.#heartbeatMs;
  }

  /** What was said on the channel. */
  hear(message: Message): void {
    this.#heardMs = this.#o.clock.monoMs();
    if (message.kind === 'pulse' || message.kind === 'term') this.#leaderSeenMs = this.#heardMs;
    if (this.#term !== null && message.kind === 'term' && message.epoch > this.#term.epoch) this.#endTerm('deposed');
    if (this.#term === null && message.kind === 'vacant') this.#wake.wake();
  }

  /** An advance was refused: the term is not current any more. */
  deposed(term: Term): void {
    if (this.#term?.nonce === term.nonce) this.#endTerm('deposed');
  }

  /** Hands over and resolves when somebody else may lead. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#endTerm('stopping');
    this.#wake.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(100, 1000);
    while (!this.#isStopping) {
      try {
        const term = await this.#follow();
        if (term !== null) await this.#lead(term);
        backoff.reset();
      } catch (error) {
        // The database is away, most likely; whatever it is, nobody may lead on a guess.
        await this.#o.election.resign();
        this.#o.log.warn({ event: 'campaign_failed', error: messageOf(error) }, 'cannot campaign, trying again');
        await this.#wake.wait(backoff.next());
      }
    }
  }

  /** One campaign after the other until we have a term; null when stopping. */
  async #follow(): Promise<Term | null> {
    const { election, clock, leaseMs } = this.#o;
    await this.#observe();
    while (!this.#isStopping) {
      const verdict = await election.campaign();
      this.#noteDegraded();
      if (this.#isStopping) break;
      const term = await this.#takeIfMay(verdict);
      if (term !== null) return term;
      if (verdict.kind === 'elected') continue; // too late for this lock: try for the next
      await this.#standBy(verdict);
      if (this.#isSilentFor(2.5 * leaseMs)) await this.#observe();
    }
    await election.resign();
    // A vacancy heard during the wait is spent; silence must be measured afresh.
    this.#heardMs = clock.monoMs();
    return null;
  }

  async #takeIfMay(verdict: Verdict): Promise<Term | null> {
    const { database, db, instance, leaseMs, clock, election } = this.#o;
    if (verdict.kind === 'held') return null;
    if (verdict.kind === 'elected' && clock.monoMs() > verdict.trustedUntilMs) {
      await election.resign();
      return null;
    }
    return takeTerm(db, database.channel, instance, leaseMs, verdict.kind === 'elected' ? 'always' : 'if-vacant-or-stale');
  }

  /** Waits while the leader is heard; then until the lock may be free, or the term may be stale. */
  async #standBy(verdict: Verdict): Promise<void> {
    const { clock, leaseMs, random } = this.#o;
    // A little more than a lease: the next pulse may itself be a moment late.
    const patienceMs = verdict.kind === 'held' ? leaseMs + 20 : STALE_LEASES * leaseMs + 20;
    let waitMs = verdict.kind === 'held' ? verdict.retryInMs + 5 + random() * 10 : leaseMs / 2;
    for (;;) {
      const before = this.#leaderSeenMs;
      await this.#wake.wait(waitMs);
      if (this.#leaderSeenMs === before || this.#isStopping) return;
      waitMs = this.#leaderSeenMs + patienceMs - clock.monoMs();
      if (waitMs <= 0) return;
    }
  }

  /** Asks PostgreSQL who leads, where hearing is not enough: at the start, and when nothing is heard. */
  async #observe(): Promise<void> {
    const { db, clock, leaseMs, events } = this.#o;
    const { instance, heartbeatAgeMs } = await readLeadership(db);
    if (instance === null || heartbeatAgeMs === null || heartbeatAgeMs > STALE_LEASES * leaseMs) return;
    this.#leaderSeenMs = clock.monoMs() - heartbeatAgeMs;
    if (this.#isSilentFor(2.5 * leaseMs)) events.onSilence('the leader writes heartbeats and none was heard');
  }

  #isSilentFor(ms: number): boolean {
    return this.#o.clock.monoMs() - this.#heardMs > ms;
  }

  async #lead(term: Term): Promise<void> {
    const { log, events, election, database, db, clock } = this.#o;
    let end: (reason: LossReason) => void = () => {};
    const ended = new Promise<LossReason>((resolve) => {
      end = resolve;
    });
    const isOver = new AbortController();
    this.#endTerm = end;
    this.#term = term;
    this.#heartbeatMs = clock.monoMs();
    log.info({ event: 'leadership_gained', term: term.epoch }, 'leading');
    if (this.#isStopping) end('stopping');
    events.onGained(term);
    const rhythms = [this.#renewing(end, isOver.signal), this.#beating(term, end, isOver.signal)];
    const reason = await ended;
    this.#endTerm = () => {};
    this.#term = null;
    isOver.abort();
    const level = reason === 'stopping' ? 'info' : 'warn';
    log[level]({ event: 'leadership_lost', term: term.epoch, reason }, LOSSES[reason]);
    await events.onLost();
    await Promise.all(rhythms);
    // The lock first: who hears `vacant` must find it free.
    await election.resign();
    // Deposed: it is not ours to release. No database: it cannot be said, and turns stale.
    if (reason === 'stopping' || reason === 'outvoted') {
      await releaseTerm(db, database.channel, term).catch((error) => {
        log.warn({ event: 'release_failed', error: messageOf(error) }, 'could not say that the term is vacant');
      });
    }
  }

  async #renewing(end: (reason: LossReason) => void, over: AbortSignal): Promise<void> {
    const { election, clock, leaseMs } = this.#o;
    for (;;) {
      await clock.sleep(renewEveryMs(leaseMs), over);
      if (over.aborted) return;
      const verdict = await election.renew();
      this.#noteDegraded();
      if (verdict.kind === 'held') return end('outvoted');
    }
  }

  async #beating(term: Term, end: (reason: LossReason) => void, over: AbortSignal): Promise<void> {
    const { clock, leaseMs, events, log } = this.#o;
    const backoff = new Backoff(leaseMs / 20, leaseMs / 4);
    let failingSinceMs: number | null = null;
    let nextMs = clock.monoMs();
    while (!over.aborted) {
      const sentMs = clock.monoMs();
      try {
        if (!(await this.#beatOnce(term))) return end('deposed');
        failingSinceMs = null;
        backoff.reset();
        nextMs = Math.max(nextMs + leaseMs, clock.monoMs());
        await clock.sleep(nextMs - clock.monoMs(), over);
        if (!over.aborted && this.#heardMs < sentMs) events.onSilence('our own pulse was not heard');
      } catch (error) {
        failingSinceMs ??= sentMs;
        log.debug({ event: 'heartbeat_failed', error: messageOf(error) });
        if (clock.monoMs() - failingSinceMs > leaseMs) return end('database');
        await clock.sleep(backoff.next(), over);
      }
    }
  }

  /** False when the term is not ours any more. */
  async #beatOnce(term: Term): Promise<boolean> {
    const { database, db, clock, events } = this.#o;
    const sentMs = clock.monoMs();
    const { isCurrent, databaseMs, missed } = await beat(db, database.channel, term);
    if (!isCurrent) return false;
    this.#heartbeatMs = clock.monoMs();
    events.onBeat({ remoteMs: databaseMs, sentMs, receivedMs: this.#heartbeatMs }, missed);
    return true;
  }

  #noteDegraded(): void {
    const { election, log } = this.#o;
    const now = election.degraded;
    if (now === this.#degraded) return;
    this.#degraded = now;
    if (now === null) log.info({ event: 'degraded_off' }, 'Redis answers again');
    else log.warn({ event: 'degraded_on', degraded: now }, 'Redis does not answer: leadership rests on PostgreSQL alone');
  }
}

const LOSSES: Record<LossReason, string> = {
  deposed: 'another instance has taken the term: following it',
  outvoted: 'another instance holds the lock: following it',
  database: 'PostgreSQL has been out of reach for a lease: letting go',
  stopping: 'handing over',
};
