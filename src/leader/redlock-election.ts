import type { Redis } from 'ioredis';
import Redlock from 'redlock';
import type { Clock } from '../base/clock.ts';
import type { Trouble } from '../base/health.ts';
import type { Election, Verdict } from './election.ts';

const RESIGN_PATIENCE_MS = 100;

const UNREACHABLE: Trouble = {
  cause: 'Redis does not answer: leadership rests on PostgreSQL alone',
  cure: 'start Redis, or mend REDIS_URL; stagebell doctor names the server',
};

/**
 * Redlock over one or three independent Redis servers. One try per call, no retries of its own:
 * the loop that waits is leadership.ts. A failure of redlock does not say why, so the servers are asked
 * how long the lock will last: 'held by somebody' and 'cannot be reached' must not be mixed up.
 */
export class RedlockElection implements Election {
  onChange = (): void => {};
  readonly #clients: readonly Redis[];
  readonly #redlock: Redlock;
  readonly #lockName: string;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #lock: Redlock.Lock | null = null;
  #isUnreachable = false;
  #hasSettled = false;
  /** At the last look one value was there on a quorum of the servers. */
  #hasHolder = false;
  /** Settles when each client has connected, or failed to, for the first time. */
  readonly #firstConnections: Promise<unknown>;

  constructor(clients: readonly Redis[], deployment: string, leaseMs: number, clock: Clock) {
    this.#clients = clients;
    this.#lockName = `stagebell:leader:${deployment}`;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#redlock = new Redlock([...clients] as never, { retryCount: 0 });
    for (const client of clients) {
      client.on('ready', () => {
        if (this.#readyCount >= this.#quorum) this.#isUnreachable = false;
        this.onChange();
      });
      client.on('close', () => this.onChange());
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
    // While they are connecting for the first time nothing is known yet.
    return this.#hasSettled && (this.#isUnreachable || this.#readyCount < this.#quorum) ? UNREACHABLE : null;
  }

  get #readyCount(): number {
    return this.#clients.filter((client) => client.status === 'ready').length;
  }

  get #quorum(): number {
    return Math.floor(this.#clients.length / 2) + 1;
  }

  async campaign(): Promise<Verdict> {
    await this.#firstConnections;
    this.#lock = null;
    const verdict = await this.#attempt(() => this.#redlock.lock(this.#lockName, this.#leaseMs));
    return verdict ?? (await this.#whyNot(null));
  }

  async renew(): Promise<Verdict> {
    const kept = this.#lock === null ? null : await this.#extend(this.#lock);
    if (kept !== null && kept.kind !== 'held') return kept;
    // It ended, or Redis lost it (FLUSHALL, a restart, a fail-over), so campaign anew. Outvoted is who sees
    // another's quorum: what lies about of our own tries only hinders the next one.
    const again = await this.campaign();
    return again.kind === 'held' && !this.#hasHolder ? { kind: 'undecided' } : again;
  }

  async look(): Promise<void> {
    await this.#whyNot(null);
  }

  async resign(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    if (lock === null) return;
    // Where it fails the lock ends by itself within the lease. Redlock waits for every server, and a
    // successor must not wait for one that is silent.
    const isUnlocked = new AbortController();
    const unlocked = Promise.resolve(lock.unlock()).catch(() => {});
    await Promise.race([unlocked, this.#clock.sleep(RESIGN_PATIENCE_MS, isUnlocked.signal)]);
    isUnlocked.abort();
  }

  async close(): Promise<void> {
    // That they disconnect now is no news.
    this.onChange = () => {};
    for (const client of this.#clients) client.disconnect();
  }

  /** Out of reach: the lock may still be there, and is extended when Redis is back. */
  async #extend(lock: Redlock.Lock): Promise<Verdict> {
    // Redlock would go by this host's wall clock, which may have stepped; Redis knows better.
    lock.expiration = this.#clock.wallMs() + this.#leaseMs;
    return (await this.#attempt(() => lock.extend(this.#leaseMs))) ?? (await this.#whyNot(lock.value));
  }

  /** One round of redlock; null when it failed, for whatever reason. */
  async #attempt(round: () => PromiseLike<Redlock.Lock>): Promise<Verdict | null> {
    const startedMs = this.#clock.monoMs();
    try {
      this.#lock = await round();
      this.#isUnreachable = false;
      // Redis counts from some moment after our start; a hundredth and 2 ms for clocks that drift,
      // as redlock itself reckons, and the same again as a margin.
      const marginMs = 2 * (this.#leaseMs * 0.01 + 2);
      return { kind: 'elected', trustedUntilMs: startedMs + this.#leaseMs - marginMs };
    } catch {
      return null;
    }
  }

  /** After a failed try: out of reach; or held, and for how long; or ours after all, by its value. */
  async #whyNot(own: string | null): Promise<Verdict> {
    const asked = await Promise.allSettled(
      this.#clients.map((client) => Promise.all([client.pttl(this.#lockName), client.get(this.#lockName)])),
    );
    const answers = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    this.#isUnreachable = answers.length < this.#quorum;
    if (this.#isUnreachable) return { kind: 'undecided' };
    const values = answers.map(([, value]) => value);
    this.#hasHolder = values.some((value) => value !== null && count(values, value) >= this.#quorum);
    // Free for us when a quorum has forgotten the present lock; no lock at all answers -2.
    const remaining = answers.map(([pttl]) => pttl).sort((a, b) => a - b);
    const forMs = Math.max(0, remaining[this.#quorum - 1] ?? this.#leaseMs);
    const isOurs = own !== null && count(values, own) >= this.#quorum;
    return isOurs
      ? { kind: 'elected', trustedUntilMs: this.#clock.monoMs() + forMs }
      : { kind: 'held', retryInMs: forMs };
  }
}

const count = (values: readonly (string | null)[], value: string): number =>
  values.filter((each) => each === value).length;
