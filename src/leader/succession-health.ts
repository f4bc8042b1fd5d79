import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Health, Trouble } from '../base/health.ts';
import type { Database } from '../db/database.ts';

/** If the lock's session is ended so often within `OFTEN_MS`, it is no accident: somebody ends it. */
const OFTEN = 3;
const OFTEN_MS = 600_000;
/** Then it is opened again after a second, and after twice as long each time, up to a minute. */
const PAUSE_MS = 1000;
const MOST_DOUBLINGS = 6;
/**
 * After one lease without the lock the leader ends the session that holds it. If that has not helped after another, it
 * says so.
 */
const HELD_LEASES = 2;

const COST = 'so the death of the leader would be noticed only after its lease';
const HELD: Trouble = {
  cause: `another session holds the lock on leader_alive, ${COST}`,
  cure: "end it: SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'leader_alive'::regclass AND mode = 'ExclusiveLock' AND granted",
};
const ENDED_AGAIN: Trouble = {
  cause:
    "the session by which PostgreSQL tells of the leader's death is ended again and again: while it is gone, the death of the leader would be noticed only after its lease",
  cure: "exempt sessions whose application_name ends in ':alive' from whatever ends those that are idle in a transaction: they hold back nothing (docs/operations.md, \"A leader's death\")",
};
const failing = (error: unknown): Trouble => ({
  cause: `the lock on leader_alive cannot be taken, ${COST}`,
  cure: 'see the detail: the role needs UPDATE on the view leader_alive, the instance one connection more, and nobody may be changing the view',
  detail: messageOf(error),
});

/** Why an instance has no lock. */
export const NO_LOCK: Record<Database['kind'], string> = {
  postgres: 'a transaction pooler is in front of the database, so this instance has no session of its own',
  embedded: 'the database is embedded, so there is no other instance to be told',
};

/** What keeps PostgreSQL from telling of a leader's death, as far as this instance can see. */
export class SuccessionHealth {
  readonly #health: Health;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  /** All monotonic. Since when we have led without the lock. */
  #withoutSinceMs: number | null = null;
  #failing: { sinceMs: number; error: unknown } | null = null;
  /** When the lock's session was ended while our others stayed. */
  #losses: number[] = [];

  constructor(health: Health, clock: Clock, leaseMs: number) {
    this.#health = health;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** For how long we have led without the lock, milliseconds; 0 = we do not, or have it. */
  get withoutForMs(): number {
    return this.#withoutSinceMs === null ? 0 : this.#clock.monoMs() - this.#withoutSinceMs;
  }

  /** Why the lock cannot even be waited for; null: it can. */
  get failure(): string | null {
    return this.#failing === null ? null : messageOf(this.#failing.error);
  }

  /** We lead, and should have the lock soon. */
  leads(): void {
    this.#withoutSinceMs = this.#clock.monoMs();
  }

  /** We are in the queue for the lock, as leader or as follower. */
  waits(): void {
    this.#failing = null;
    this.look();
  }

  held(): void {
    this.#withoutSinceMs = null;
    this.look();
  }

  failed(error: unknown): void {
    this.#failing = { sinceMs: this.#failing?.sinceMs ?? this.#clock.monoMs(), error };
    this.look();
  }

  /**
   * The lock's session has ended.
   * @param isAlone whether our other sessions stayed
   * @returns how long to wait before it is opened again, milliseconds
   */
  lost(isAlone: boolean): number {
    this.leads();
    if (isAlone) this.#losses.push(this.#clock.monoMs());
    this.look();
    return this.#losses.length < OFTEN ? 0 : PAUSE_MS * 2 ** Math.min(this.#losses.length - OFTEN, MOST_DOUBLINGS);
  }

  /** The term is over. */
  rest(): void {
    this.#withoutSinceMs = null;
    this.#failing = null;
    this.look();
  }

  look(): void {
    const nowMs = this.#clock.monoMs();
    this.#losses = this.#losses.filter((atMs) => nowMs - atMs < OFTEN_MS);
    const hasFailed = this.#failing !== null && nowMs - this.#failing.sinceMs > this.#leaseMs;
    let trouble: Trouble | null = null;
    if (hasFailed) trouble = failing(this.#failing?.error);
    else if (this.#losses.length >= OFTEN) trouble = ENDED_AGAIN;
    else if (this.withoutForMs > HELD_LEASES * this.#leaseMs) trouble = HELD;
    this.#health.note('succession', trouble);
  }
}
