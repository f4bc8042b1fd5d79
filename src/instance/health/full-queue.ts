import type { Clock, Timer } from '../../base/clock.ts';
import type { Health, Trouble } from '../../base/health.ts';
import type { Dispatcher } from '../../db/dispatcher.ts';
import { FILLING_QUEUE, FULL_QUEUE } from '../../db/names.ts';

/** A look reads the horizon. That is cheap enough until somebody has ended the session that is in the way. */
const LOOK_EVERY_MS = 250;
/**
 * Looks go on for this long once there is room: edits made while it was full, and not announced, may commit only then.
 */
const LOOK_ON_MS = 3000;

/** PostgreSQL does not show which sessions listen. The one in the way is among these, the oldest first. */
const SUSPECTS =
  "SELECT pid, datname, usename, xact_start FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY xact_start";

const queueTrouble = (usage: number): Trouble => ({
  cause:
    usage > FULL_QUEUE
      ? 'the notification queue of this PostgreSQL server is full: a session that listens has been idle in a transaction. Nothing can be said, and edits are looked for four times a second'
      : 'the notification queue of this PostgreSQL server is filling up: a session that listens has been idle in a transaction',
  cure: `end that session, which may be in another database: ${SUSPECTS}; then SELECT pg_terminate_backend(pid)`,
  detail: `${Math.round(usage * 100)} % full`,
});

/**
 * One idle session that listens, in any database of the server, can fill the notification queue of all. Then the
 * triggers say nothing (db/migrations/0003-any-deployment/say.ts), and edits have to be looked for.
 */
export class FullQueue {
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #dispatcher: Dispatcher;
  #timer: Timer | null = null;
  /** Since when it has not been full any more, monotonic; null while it is. */
  #freeSinceMs: number | null = null;

  constructor(clock: Clock, health: Health, dispatcher: Dispatcher) {
    this.#clock = clock;
    this.#health = health;
    this.#dispatcher = dispatcher;
  }

  /** @param usage of the queue as it was just read, 0 to 1 */
  noted(usage: number): void {
    this.#health.note('notify', usage > FILLING_QUEUE ? queueTrouble(usage) : null);
    if (usage > FULL_QUEUE) {
      this.#freeSinceMs = null;
      if (this.#timer === null) this.#lookSoon();
    } else this.#freeSinceMs ??= this.#clock.monoMs();
  }

  /** A follower heard a pulse, so the queue has room. How much, the leader reports. */
  heard(): void {
    if (this.#timer !== null) this.noted(0);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #lookSoon(): void {
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#dispatcher.tell({ kind: 'unsaid' });
      if (this.#freeSinceMs === null || this.#clock.monoMs() - this.#freeSinceMs < LOOK_ON_MS) this.#lookSoon();
      else this.#timer = null;
    });
  }
}
