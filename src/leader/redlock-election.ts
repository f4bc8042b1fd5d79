import Redlock from 'redlock';
import type { Clock, Timer } from '../base/clock.ts';
import type { Trouble } from '../base/health.ts';
import type { Redis } from '../redis/connect.ts';
import { Ballot } from './ballot.ts';
import type { Election, Look, Verdict } from './election.ts';
import { probe } from './probe.ts';
import { quorumLost, serversOut } from './redis-trouble.ts';

const RESIGN_PATIENCE_MS = 100;
/** By how much the clocks of a Redis and of this host may drift apart within a lease, by redlock's own reckoning. */
const DRIFT = 0.01;
const DRIFT_MS = 2;
/** A server is out when it has not answered so many tries in a row in time, even if it answers reads. */
const MOST_SLOW = 3;
/** Redis closes idle connections, and they are open again in a moment. Until then the server does not count as out. */
const RECONNECT_MS = 500;

/**
 * Redlock over one or three independent Redis servers. One try per call, no retries of its own:
 * the loop that waits is leadership.ts. A failure of redlock does not say why. Each server's answer is
 * kept (ballot.ts), so that a lock that somebody holds, a server that gives no locks, and one that is
 * away are not mixed up: only the first of them is a reason to wait.
 */
export class RedlockElection implements Election {
  readonly isShared = true;
  onChange = (): void => {};
  readonly #ballots: readonly Ballot[];
  /** Why each server gave no lock when it was last asked; null when it would. */
  readonly #refusals: (Error | null)[];
  /** How many times in a row each server has not answered a try in time. */
  readonly #slow: number[];
  /** Until they fire, a server that has closed the connection is not away. */
  readonly #reconnecting: (Timer | null)[];
  readonly #redlock: Redlock;
  readonly #lockName: string;
  readonly #probeName: string;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #lock: Redlock.Lock | null = null;
  #hasSettled = false;
  #isClosed = false;
  /** At the last look a quorum of the servers had the same value. */
  #hasHolder = false;
  /** Settles when each client has connected, or failed to, for the first time. */
  readonly #firstConnections: Promise<unknown>;

  constructor(clients: readonly Redis[], deployment: string, leaseMs: number, clock: Clock) {
    this.#ballots = clients.map((client) => new Ballot(client));
    this.#refusals = clients.map(() => null);
    this.#slow = clients.map(() => 0);
    this.#reconnecting = clients.map(() => null);
    this.#lockName = `stagebell:leader:${deployment}`;
    this.#probeName = `stagebell:probe:${deployment}`;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#redlock = new Redlock(this.#ballots as never, { retryCount: 0 });
    for (const [i, client] of clients.entries()) {
      let wasReady = client.status === 'ready';
      client.on('ready', () => {
        wasReady = true;
        this.#endReconnecting(i);
        this.#refusals[i] = null;
        this.onChange();
      });
      client.on('close', () => {
        if (wasReady && !this.#isClosed)
          this.#reconnecting[i] ??= clock.after(RECONNECT_MS, () => this.#endReconnecting(i));
        wasReady = false;
        this.onChange();
      });
    }
    const settled = (client: Redis) =>
      new Promise<void>((resolve) => client.once('ready', resolve).once('close', resolve));
    this.#firstConnections = Promise.all(
      clients.map((client) => (client.status === 'ready' ? null : settled(client))),
    ).then(() => {
      this.#hasSettled = true;
      this.onChange();
    });
  }

  get trouble(): Trouble | null {
    return this.#isQuorumLost ? quorumLost(this.#out, this.#ballots.length) : null;
  }

  get minorTrouble(): Trouble | null {
    return this.#isQuorumLost ? null : serversOut(this.#out, this.#ballots.length);
  }

  get #isQuorumLost(): boolean {
    return this.#ballots.length - this.#out.filter((error) => error !== null).length < this.#quorum;
  }

  /** What is wrong with each server. While they are connecting for the first time nothing is known yet. */
  get #out(): (Error | null)[] {
    if (!this.#hasSettled) return this.#refusals;
    return this.#ballots.map((ballot, i) => {
      const refusal = this.#refusals[i] ?? null;
      return this.#reconnecting[i] ? refusal : (ballot.notConnected ?? refusal);
    });
  }

  get #quorum(): number {
    return Math.floor(this.#ballots.length / 2) + 1;
  }

  #endReconnecting(i: number): void {
    this.#reconnecting[i]?.cancel();
    this.#reconnecting[i] = null;
    this.onChange();
  }

  campaign(): Promise<Verdict> {
    return this.#stand(true);
  }

  /**
   * @param mayWait whether we would wait for the holder of the lock. Then it matters whether the servers still give
   * locks.
   */
  async #stand(mayWait: boolean): Promise<Verdict> {
    await this.#firstConnections;
    this.#lock = null;
    const verdict = await this.#attempt(() => this.#redlock.lock(this.#lockName, this.#leaseMs));
    if (verdict !== null) return verdict;
    // An outage may go on for hours, so ask no more than it takes to notice one.
    if (this.#isQuorumLost && !this.#slow.some((times) => times > 0)) return { kind: 'undecided' };
    // A server that has begun to refuse writes may still say 'held'.
    if (mayWait) await this.#probe((ballot) => ballot.vote === false);
    return this.#whyNot(null);
  }

  async renew(): Promise<Verdict> {
    const kept = this.#lock === null ? null : await this.#extend(this.#lock);
    if (kept !== null && kept.kind !== 'held') {
      // A server that has lost our lock says 'not yours' without a write, whether or not it gives locks.
      if (kept.kind === 'elected') await this.#probe((ballot) => ballot.vote === false);
      return kept;
    }
    // It ended, or Redis lost it (FLUSHALL, a restart, a fail-over), so campaign again. Another instance was elected
    // only if its value is on a quorum. Leftovers of our own tries only hinder the next one.
    const again = await this.#stand(false);
    return again.kind === 'held' && !this.#hasHolder ? { kind: 'undecided' } : again;
  }

  async look(): Promise<Look> {
    await this.#firstConnections;
    await this.#probe(() => true);
    const verdict = await this.#whyNot(null);
    if (verdict.kind === 'undecided') return 'undecided';
    return this.#hasHolder ? 'held' : 'free';
  }

  async isStillElected(): Promise<boolean> {
    return this.#lock !== null && (await this.#extend(this.#lock)).kind === 'elected';
  }

  async resign(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    if (lock === null) return;
    // If this fails, the lock ends by itself within the lease. Redlock waits for every server, but a successor must not
    // wait for one that is silent.
    const isUnlocked = new AbortController();
    const unlocked = Promise.resolve(lock.unlock()).catch(() => {});
    await Promise.race([unlocked, this.#clock.sleep(RESIGN_PATIENCE_MS, isUnlocked.signal)]);
    isUnlocked.abort();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // They disconnect because we close them, which is no trouble.
    this.onChange = () => {};
    for (const { client } of this.#ballots) client.disconnect();
    for (const timer of this.#reconnecting) timer?.cancel();
  }

  /** If Redis is out of reach, the lock may still be there, and is extended when Redis is back. */
  async #extend(lock: Redlock.Lock): Promise<Verdict> {
    // Redlock would go by this host's wall clock, which may have stepped; Redis knows better.
    lock.expiration = this.#clock.wallMs() + this.#leaseMs;
    return (await this.#attempt(() => lock.extend(this.#leaseMs))) ?? (await this.#whyNot(lock.value));
  }

  /** One round of redlock; null when it failed, for whatever reason. */
  async #attempt(round: () => PromiseLike<Redlock.Lock>): Promise<Verdict | null> {
    const startedMs = this.#clock.monoMs();
    for (const ballot of this.#ballots) ballot.begin();
    try {
      this.#lock = await round();
      // Redis counts from some moment after our start. Clocks drift, and as much again is a margin.
      const marginMs = 2 * (this.#leaseMs * DRIFT + DRIFT_MS);
      return { kind: 'elected', trustedUntilMs: startedMs + this.#leaseMs - marginMs };
    } catch {
      return null;
    } finally {
      for (const [i, { vote }] of this.#ballots.entries()) {
        if (vote !== null) this.#refusals[i] = vote instanceof Error ? vote : null;
        this.#slow[i] = isSlow(vote) ? (this.#slow[i] ?? 0) + 1 : 0;
      }
    }
  }

  /** Takes and releases a lock of another name on each server that is worth asking. */
  async #probe(isWorth: (ballot: Ballot) => boolean): Promise<void> {
    await Promise.all(
      this.#ballots.map(async (ballot, i) => {
        if (isWorth(ballot)) this.#refusals[i] = await probe(ballot, this.#probeName);
      }),
    );
  }

  /** After a failed try: nobody can tell; or held, and for how long; or ours after all, by its value. */
  async #whyNot(own: string | null): Promise<Verdict> {
    const asked = await Promise.allSettled(
      this.#ballots.map(({ client }) => Promise.all([client.pttl(this.#lockName), client.get(this.#lockName)])),
    );
    for (const [i, answer] of asked.entries()) {
      if (answer.status === 'rejected') this.#refusals[i] ??= answer.reason as Error;
      // It was not connected yet when it was tried, for whatever reason, and is now.
      else if (this.#ballots[i]?.wasAbsent || isOfConnection(this.#refusals[i])) this.#refusals[i] = null;
      // One try that came too late, on a busy machine, is no outage. Many in a row are.
      else if (isSlow(this.#refusals[i]) && (this.#slow[i] ?? 0) < MOST_SLOW) this.#refusals[i] = null;
    }
    const answers = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const values = answers.map(([, value]) => value);
    this.#hasHolder = values.some((value) => value !== null && count(values, value) >= this.#quorum);
    // Free for us when a quorum has forgotten the present lock. No lock at all answers -2; -1 is one
    // that never ends, which no election writes.
    const remaining = answers.map(([pttl]) => (pttl === -1 ? this.#leaseMs : pttl)).sort((a, b) => a - b);
    const forMs = Math.max(0, remaining[this.#quorum - 1] ?? this.#leaseMs);
    const isOurs = own !== null && count(values, own) >= this.#quorum;
    if (isOurs) return { kind: 'elected', trustedUntilMs: this.#clock.monoMs() + forMs };
    return this.#isQuorumLost ? { kind: 'undecided' } : { kind: 'held', retryInMs: forMs };
  }
}

const isSlow = (answer: unknown): boolean => answer instanceof Error && answer.message === 'Command timed out';

const isOfConnection = (answer: unknown): boolean =>
  answer instanceof Error && /^Connection is closed|isn't writeable/.test(answer.message);

const count = (values: readonly (string | null)[], value: string): number =>
  values.filter((each) => each === value).length;
