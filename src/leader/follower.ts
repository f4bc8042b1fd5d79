import { Backoff } from '../base/backoff.ts';
import { LeadershipLostError } from '../base/errors.ts';
import type { Trouble } from '../base/health.ts';
import type { Signal } from '../base/signal.ts';
import { livingLeader, readOrRestoreLeadership } from '../db/leading/leadership-row.ts';
import { STALE_LEASES, type Term, takeTerm } from '../db/leading/term.ts';
import { FULL_QUEUE } from '../db/names.ts';
import type { Verdict } from './election.ts';
import type { LastHeard } from './last-heard.ts';
import type { LeadershipOptions } from './protocol.ts';
import type { Rivalry } from './rivalry.ts';
import type { Succession } from './succession.ts';

/** A pulse is missing when it is later than this: it may be a moment late. */
const PULSE_SLACK_MS = 20;
/**
 * Looks at the lock while the leader is heard. Often enough to notice in time that Redis gives no locks, and no load.
 */
const LOOK_EVERY_LEASES = 120;
/**
 * After such a silence two pulses are missing, and the second is half a lease late. One alone may be lost by chance.
 */
const SILENT_LEASES = 2.5;
/** A leader whose last heartbeat is no older than this is writing them, so its pulses should be heard. */
const FRESH_LEASES = 1.5;
/** While the election cannot tell, PostgreSQL is asked twice a lease whether the term may be taken. */
const UNDECIDED_LEASES = 1 / 2;
/** The first pause between campaigns of candidates that hinder each other. */
const FIRST_CONTENTION_MS = 5;
/** Added at random, so that two candidates that wait for the same moment do not meet again. */
const JITTER_MS = { least: 5, most: 15 } as const;

const LOST: Trouble = {
  cause: 'the table leadership has lost its one row, and this role may not put it back: nobody can lead',
  cure: LeadershipLostError.cure,
  isBlocking: true,
};

/** The following half of the protocol: campaigns, and stands by while another instance leads. */
export class Follower {
  readonly #o: LeadershipOptions;
  readonly #lastHeard: LastHeard;
  readonly #wake: Signal;
  readonly #rivalry: Rivalry;
  readonly #succession: Succession;
  readonly #noteTrouble: () => void;
  /** Pauses between campaigns that fail although nobody holds the lock, because candidates hinder each other. */
  readonly #contention: Backoff;
  #followingSinceMs = 0;
  /** Stops waiting for an answer of the election, which may take long and is no longer needed. */
  #interrupt = (): void => {};
  #asked: Promise<unknown> = Promise.resolve();

  constructor(
    options: LeadershipOptions,
    lastHeard: LastHeard,
    wake: Signal,
    rivalry: Rivalry,
    succession: Succession,
    noteTrouble: () => void,
  ) {
    this.#o = options;
    this.#lastHeard = lastHeard;
    this.#wake = wake;
    this.#rivalry = rivalry;
    this.#succession = succession;
    this.#noteTrouble = noteTrouble;
    this.#contention = new Backoff(FIRST_CONTENTION_MS, UNDECIDED_LEASES * options.leaseMs);
  }

  /** The leader is dead and its term is ours. */
  inherited(): void {
    this.#wake.wake();
    this.#interrupt();
  }

  /** Resolves when the election has answered the last question. Two at once would mix their votes. */
  get settled(): Promise<unknown> {
    return this.#asked;
  }

  /**
   * Campaigns until we have a term; null when stopping.
   * @param lastTerm our last one, which is still ours if nobody has taken it
   */
  async follow(lastTerm: Term | null, isStopping: () => boolean): Promise<Term | null> {
    const { election, leaseMs, clock } = this.#o;
    this.#followingSinceMs = clock.monoMs();
    await this.#observe();
    while (!isStopping()) {
      const inherited = this.#succession.inherit();
      if (inherited !== null) return inherited;
      const verdict = await this.#ask(() => election.campaign());
      if (verdict === null) continue;
      this.#noteTrouble();
      if (isStopping()) break;
      if (verdict.kind === 'elected' && clock.monoMs() > verdict.trustedUntilMs) {
        // Too late for this lock: try for the next.
        await election.resign();
        continue;
      }
      const term = await this.#takeIfMay(verdict, lastTerm);
      this.#o.health.note('term', null);
      if (term !== null) return term;
      await this.#standBy(verdict);
      if (this.#lastHeard.isSilentFor(SILENT_LEASES * leaseMs)) await this.#observe();
    }
    const inherited = this.#succession.inherit();
    if (inherited === null) await election.resign();
    return inherited;
  }

  /** @returns null if a term is inherited meanwhile */
  async #ask<T>(question: () => Promise<T>): Promise<T | null> {
    const interrupted = new Promise<null>((resolve) => {
      this.#interrupt = () => resolve(null);
    });
    const answered = this.#asked.then(question);
    this.#asked = answered.catch(() => {});
    return Promise.race([answered, interrupted]);
  }

  async #takeIfMay(verdict: Verdict, lastTerm: Term | null): Promise<Term | null> {
    const { db, instance, leaseMs, clock, election, writeEvery = 1 } = this.#o;
    const condition = this.#rivalry.condition(verdict, election.isShared, this.#nobodyLedForMs);
    const term = condition === null ? null : await takeTerm(db, instance, writeEvery * leaseMs, condition, lastTerm);
    if (term !== null || verdict.kind === 'undecided') return term;
    if (verdict.kind === 'elected') {
      // Another instance leads, and does not hold this lock.
      await election.resign();
      await this.#observe();
      this.#rivalry.saw('free', clock.monoMs());
      return null;
    }
    // Perhaps the leader lives and we hear nothing, as when the notification queue is full.
    if (this.#nobodyLedForMs >= STALE_LEASES * leaseMs) await this.#observe();
    if (this.#nobodyLedForMs < STALE_LEASES * leaseMs) this.#rivalry.saw('held', clock.monoMs());
    else this.#rivalry.sawForeignLock(clock.monoMs());
    return null;
  }

  /** Waits while the leader is heard; then until the lock may be free, or the term may be stale. */
  async #standBy(verdict: Verdict): Promise<void> {
    const { clock, leaseMs, election } = this.#o;
    const leases = verdict.kind === 'undecided' || this.#rivalry.areTwoElected ? STALE_LEASES : 1;
    let lookedMs = clock.monoMs();
    let waitMs = this.#firstWaitMs(verdict, leases);
    for (;;) {
      const before = this.#lastHeard.leaderSeenMs;
      const isWoken = await this.#wake.wait(waitMs);
      if (isWoken || this.#lastHeard.leaderSeenMs === before) return;
      const wasOut = election.trouble !== null;
      const isDue = clock.monoMs() - lookedMs > LOOK_EVERY_LEASES * leaseMs;
      if (wasOut || isDue || election.minorTrouble !== null || this.#rivalry.isSuspected) {
        lookedMs = clock.monoMs();
        const look = await this.#ask(() => election.look());
        if (look === null) return;
        this.#rivalry.saw(look, clock.monoMs());
        this.#noteTrouble();
        if (wasOut && election.trouble === null) return;
      }
      waitMs = this.#lastHeard.leaderSeenMs + leases * leaseMs + PULSE_SLACK_MS - clock.monoMs();
      if (waitMs <= 0) return;
    }
  }

  #firstWaitMs(verdict: Verdict, leases: number): number {
    const { clock, leaseMs, random } = this.#o;
    if (verdict.kind === 'undecided') return UNDECIDED_LEASES * leaseMs;
    const jitterMs = JITTER_MS.least + random() * (JITTER_MS.most - JITTER_MS.least);
    // The leader was elected elsewhere, or has missed no heartbeat yet.
    if (verdict.kind === 'elected') {
      return Math.max(jitterMs, this.#lastHeard.leaderSeenMs + leases * leaseMs + PULSE_SLACK_MS - clock.monoMs());
    }
    if (verdict.retryInMs > 0) this.#contention.reset();
    const freeInMs = verdict.retryInMs > 0 ? verdict.retryInMs : this.#contention.next();
    // A lock is no proof that somebody leads.
    const staleInMs = Math.max(UNDECIDED_LEASES * leaseMs, STALE_LEASES * leaseMs - this.#nobodyLedForMs);
    return Math.min(freeInMs, staleInMs) + jitterMs;
  }

  /** As far as this instance can tell: it knows nothing of the time before it followed. */
  get #nobodyLedForMs(): number {
    return this.#o.clock.monoMs() - Math.max(this.#lastHeard.leaderSeenMs, this.#followingSinceMs);
  }

  /** Asks PostgreSQL who leads: at the start, and when nothing is heard. */
  async #observe(): Promise<void> {
    const { db, leaseMs, events, health, deployment = null } = this.#o;
    const leadership = await readOrRestoreLeadership(db, deployment).catch((error) => {
      if (error instanceof LeadershipLostError) health.note('leadership', LOST);
      throw error;
    });
    health.note('leadership', null);
    events.onQueue?.(leadership.queueUsage);
    if (leadership.isLocked) this.#succession.isLocked();
    if (livingLeader(leadership) === null) return;
    const ageMs = leadership.heartbeatAgeMs ?? 0;
    this.#lastHeard.heartbeatWasRead(ageMs);
    // An old heartbeat is no reason to doubt our ears: the leader may have died after it.
    const wasSaid = leadership.queueUsage <= FULL_QUEUE;
    if (wasSaid && ageMs < FRESH_LEASES * leaseMs && this.#lastHeard.isSilentFor(SILENT_LEASES * leaseMs)) {
      events.onSilence('the leader writes heartbeats and none was heard', this.#lastHeard.leaderSeenMs);
    }
  }
}
