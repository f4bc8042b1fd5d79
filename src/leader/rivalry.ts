import type { Health, Trouble } from '../base/health.ts';
import { STALE_LEASES, type TakeCondition } from '../db/leading/term.ts';
import type { Look, Verdict } from './election.ts';

const TWO_ELECTED: Trouble = {
  cause:
    'the leader does not hold the lock in the Redis of this instance: two instances are elected by different Redis servers, or the leader cannot reach this one',
  cure: 'give every instance the same REDIS_URL; where it is the same, mend the way from the leader to Redis',
};

/**
 * A leader that has lost its lock takes it again within a third of a lease. One that is free for longer is not its
 * lock.
 */
const FREE_LEASES = 1 / 2;

const FOREIGN_LOCK: Trouble = {
  cause: 'the lock in Redis is held by somebody who does not lead in this database',
  cure: 'give every database a Redis, or a database number of Redis, of its own: a copy of a database has the same lock. Or delete the key stagebell:leader:... if nobody renews it',
};

/**
 * Whether the leader was elected by the election that this instance asks. If it was not, being elected means nothing,
 * because the two sides would depose each other for ever. Then PostgreSQL alone counts.
 */
export class Rivalry {
  readonly #leaseMs: number;
  readonly #health: Health;
  /** Since when the lock was seen free while another instance led; monotonic. */
  #freeSinceMs: number | null = null;
  /** Since when another held the lock while the term was ours, or while nobody led. */
  #foreignSinceMs: number | null = null;
  #areTwoElected = false;

  constructor(leaseMs: number, health: Health) {
    this.#leaseMs = leaseMs;
    this.#health = health;
  }

  /** The lock should be looked at while the leader is heard. */
  get isSuspected(): boolean {
    return this.#freeSinceMs !== null || this.#foreignSinceMs !== null;
  }

  get areTwoElected(): boolean {
    return this.#areTwoElected;
  }

  /** What PostgreSQL must say before the term is taken; null: it is not to be taken. */
  condition(verdict: Verdict, isShared: boolean, nobodyLedForMs: number): TakeCondition | null {
    if (verdict.kind === 'held') return nobodyLedForMs > STALE_LEASES * this.#leaseMs ? 'if-vacant-or-stale' : null;
    if (verdict.kind === 'undecided' || this.#areTwoElected) return 'if-vacant-or-stale';
    return isShared ? 'if-heartbeat-missed' : 'always';
  }

  /** What a look at the lock said while another instance led. */
  saw(look: Look, nowMs: number): void {
    if (look === 'held') this.#settle();
    if (look !== 'free') return;
    this.#freeSinceMs ??= nowMs;
    if (nowMs - this.#freeSinceMs >= FREE_LEASES * this.#leaseMs) this.#two();
  }

  /** Another instance took our term although we hold the lock. */
  wasDeposedWhileElected(nowMs: number): void {
    this.#freeSinceMs ??= nowMs;
    this.#two();
  }

  /** Another holds the lock, and it does not lead. */
  sawForeignLock(nowMs: number): void {
    this.#foreignSinceMs ??= nowMs;
    if (nowMs - this.#foreignSinceMs > this.#leaseMs) this.#note(FOREIGN_LOCK);
  }

  /** The lock and the term are in the same hands. */
  isSettled(): void {
    this.#settle();
  }

  #settle(): void {
    this.#freeSinceMs = null;
    this.#foreignSinceMs = null;
    this.#areTwoElected = false;
    this.#note(null);
  }

  #two(): void {
    this.#areTwoElected = true;
    this.#note(TWO_ELECTED);
  }

  #note(trouble: Trouble | null): void {
    this.#health.note('election', trouble);
  }
}
