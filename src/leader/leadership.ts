import { Backoff } from '../base/backoff.ts';
import { messageOf } from '../base/errors.ts';
import { Signal } from '../base/signal.ts';
import type { Message } from '../db/message.ts';
import { livingLeader, readLeadership, releaseTerm, STALE_LEASES, type Term, takeTerm } from '../db/term.ts';
import { renewEveryMs, type Verdict } from './election.ts';
import { Heart } from './heart.ts';
import { type LeadershipOptions, LOSSES, type LossReason } from './protocol.ts';

/** The protocol told in protocol.ts: follow, lead, and again. */
export class Leadership {
  readonly #o: LeadershipOptions;
  readonly #wake: Signal;
  readonly #running: Promise<void>;
  #term: Term | null = null;
  #lastTerm: Term | null = null;
  #heart: Heart | null = null;
  #isStopping = false;
  /** Ends the present term's loops with a reason. */
  #endTerm: (reason: LossReason) => void = () => {};
  /** Monotonic time at which anything proved that a leader is alive. */
  #leaderSeenMs: number;
  #heardMs: number;
  #heartbeatMs: number | null = null;

  constructor(options: LeadershipOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#leaderSeenMs = Number.NEGATIVE_INFINITY;
    this.#heardMs = options.clock.monoMs();
    options.election.onChange = () => {
      this.#noteTrouble();
      // Redis is back: perhaps there is something to win.
      if (this.#term === null && options.election.trouble === null) this.#wake.wake();
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
    // Anybody may say so; whether it is true the next heartbeat tells.
    if (this.#term !== null && message.kind === 'term' && message.epoch > this.#term.epoch) this.#heart?.hurry();
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
    let isFailing = false;
    while (!this.#isStopping) {
      try {
        const term = await this.#follow();
        isFailing = false;
        backoff.reset();
        if (term !== null) await this.#lead(term);
      } catch (error) {
        // The database is away, most likely; whatever it is, nobody may lead on a guess.
        await this.#o.election.resign();
        // Once an outage, not once a try.
        const level = isFailing ? 'debug' : 'warn';
        isFailing = true;
        this.#o.log[level]({ event: 'campaign_failed', error: messageOf(error) }, 'cannot campaign, trying again');
        await this.#wake.wait(backoff.next());
      }
    }
  }

  /** One campaign after the other until we have a term; null when stopping. */
  async #follow(): Promise<Term | null> {
    const { election, leaseMs } = this.#o;
    await this.#observe();
    while (!this.#isStopping) {
      const verdict = await election.campaign();
      this.#noteTrouble();
      if (this.#isStopping) break;
      const term = await this.#takeIfMay(verdict);
      if (term !== null) return term;
      if (verdict.kind === 'elected') continue; // too late for this lock: try for the next
      await this.#standBy(verdict);
      if (this.#isSilentFor(2.5 * leaseMs)) await this.#observe();
    }
    await election.resign();
    return null;
  }

  async #takeIfMay(verdict: Verdict): Promise<Term | null> {
    const { database, db, instance, leaseMs, clock, election } = this.#o;
    if (verdict.kind === 'held') return null;
    if (verdict.kind === 'elected' && clock.monoMs() > verdict.trustedUntilMs) {
      await election.resign();
      return null;
    }
    return takeTerm(
      db,
      database.channel,
      instance,
      leaseMs,
      verdict.kind === 'elected' ? 'always' : 'if-vacant-or-stale',
      this.#lastTerm,
    );
  }

  /** Waits while the leader is heard; then until the lock may be free, or the term may be stale. */
  async #standBy(verdict: Verdict): Promise<void> {
    const { clock, leaseMs, random } = this.#o;
    // A little more than a lease: the next pulse may itself be a moment late.
    const patienceMs = verdict.kind === 'held' ? leaseMs + 20 : STALE_LEASES * leaseMs + 20;
    let waitMs = verdict.kind === 'held' ? verdict.retryInMs + 5 + random() * 10 : leaseMs / 2;
    for (;;) {
      const before = this.#leaderSeenMs;
      const isWoken = await this.#wake.wait(waitMs);
      if (isWoken || this.#leaderSeenMs === before) return;
      if (this.#o.election.trouble !== null) {
        await this.#o.election.look();
        this.#noteTrouble();
        if (this.#o.election.trouble === null) return;
      }
      waitMs = this.#leaderSeenMs + patienceMs - clock.monoMs();
      if (waitMs <= 0) return;
    }
  }

  /** Asks PostgreSQL who leads, where hearing is not enough: at the start, and when nothing is heard. */
  async #observe(): Promise<void> {
    const { db, clock, leaseMs, events } = this.#o;
    const leadership = await readLeadership(db);
    if (livingLeader(leadership) === null) return;
    const ageMs = leadership.heartbeatAgeMs ?? 0;
    this.#leaderSeenMs = clock.monoMs() - ageMs;
    // An old heartbeat is no reason to doubt our ears: the leader may have died with it.
    if (ageMs < 1.5 * leaseMs && this.#isSilentFor(2.5 * leaseMs)) {
      events.onSilence('the leader writes heartbeats and none was heard', this.#leaderSeenMs);
    }
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
    this.#lastTerm = term;
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
    await events.onLost(reason);
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
      this.#noteTrouble();
      if (verdict.kind === 'held') return end('outvoted');
    }
  }

  async #beating(term: Term, end: (reason: LossReason) => void, over: AbortSignal): Promise<void> {
    const { database, db, leaseMs, clock, log, events } = this.#o;
    const heart = new Heart({ db, channel: database.channel, term, leaseMs, clock, log });
    this.#heart = heart;
    const reason = await heart.beatUntil(over, {
      onBeat: (sample, missed) => {
        this.#heartbeatMs = clock.monoMs();
        events.onBeat(sample, missed);
      },
      onRest: (sentMs) => {
        if (this.#heardMs < sentMs) events.onSilence('our own pulse was not heard', sentMs);
      },
    });
    this.#heart = null;
    if (reason !== null) end(reason);
  }

  #noteTrouble(): void {
    this.#o.health.note('redis', this.#o.election.trouble);
  }
}
