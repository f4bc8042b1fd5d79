import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import type { Health, Trouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import { Signal } from '../base/signal.ts';
import type { LeaderLock, Queryable } from '../db/database.ts';
import { endHolder } from '../db/leader-lock-view.ts';
import { readLeadership, sayLocked, type Term, takeTerm } from '../db/term.ts';

export interface SuccessionOptions {
  /** null: there is none, and the lease alone counts. */
  lock: LeaderLock | null;
  /** The session that writes the heartbeats. */
  db: Queryable;
  instance: string;
  leaseMs: number;
  clock: Clock;
  log: Log;
  health: Health;
  /** The leader was dead and its term is ours: see `inherit`. */
  onInherited: () => void;
}

/** How a leader's death is noticed: told by PostgreSQL, or when its lease has passed, and then why. */
export interface ToldBy {
  toldBy: 'postgres' | 'lease';
  why: string | null;
}

/** The sessions of a dead process end one by one, within milliseconds. One that still lives after this is of a process that lives. */
const DYING_MS = 100;
const LOOK_EVERY_MS = 5;
/** Ended so often within `OFTEN_MS`, the lock's session is ended by somebody, and not by chance. */
const OFTEN = 3;
const OFTEN_MS = 600_000;
const FOR_EVER_MS = 2 ** 31 - 1;

const NO_SESSION =
  'no session is its own: a transaction pooler stands before the database, or the database is embedded';
const HELD: Trouble = {
  cause:
    'another session holds the lock on leader_alive, so the death of this leader would be noticed only after its lease',
  cure: "end it: SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'leader_alive'::regclass AND mode = 'ExclusiveLock' AND granted",
};
const ENDED_AGAIN: Trouble = {
  cause:
    'the session by which PostgreSQL tells of the death of a leader is ended again and again, so a dead leader is noticed only after its lease',
  cure: "exempt sessions whose application_name ends in ':alive' from whatever ends those that are idle in a transaction: they hold back nothing (docs/operations.md, \"A leader's death\")",
};

/**
 * Tells of a leader's death within milliseconds. The leader holds a lock for as long as it lives, and the others wait
 * for it. Whoever is given it takes the term, if the leader's other session has gone as well: a leader that has
 * only lost the lock lives, and takes it again. The fence holds whatever this believes.
 */
export class Succession {
  readonly #o: SuccessionOptions;
  readonly #wake: Signal;
  readonly #running: Promise<void>;
  /** A leader is known to hold the lock: it is worth waiting for. */
  #isWorthIt = false;
  /** Ours, while we lead. */
  #term: Term | null = null;
  /** Taken, and not yet led. */
  #inherited: Term | null = null;
  #isHeld = false;
  #isWaiting = false;
  #isClosed = false;
  /** Since when we have led without the lock; monotonic. */
  #withoutSinceMs: number | null = null;
  #failure: unknown = null;
  /** When the lock was lost though we lived; monotonic. */
  #losses: number[] = [];

  constructor(options: SuccessionOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#running = options.lock === null ? Promise.resolve() : this.#run(options.lock);
  }

  get told(): ToldBy {
    const { lock } = this.#o;
    if (lock === null) return { toldBy: 'lease', why: NO_SESSION };
    if (this.#term === null ? this.#isWaiting : this.#isHeld) return { toldBy: 'postgres', why: null };
    if (this.#failure !== null) return { toldBy: 'lease', why: messageOf(this.#failure) };
    return {
      toldBy: 'lease',
      why:
        this.#term === null
          ? 'the leader does not hold the lock on leader_alive'
          : 'another session holds the lock on leader_alive',
    };
  }

  /** The leader is known to hold the lock. */
  isLocked(): void {
    if (this.#isWorthIt || this.#term !== null) return;
    this.#isWorthIt = true;
    this.#wake.wake();
  }

  /** The term of a leader that has died, once; null: there is none. */
  inherit(): Term | null {
    const inherited = this.#inherited;
    this.#inherited = null;
    return inherited;
  }

  /** This instance leads. */
  lead(term: Term): void {
    this.#term = term;
    this.#inherited = null;
    this.#withoutSinceMs = this.#o.clock.monoMs();
    this.#wake.wake();
  }

  /** What failed may work now. */
  tryAgain(): void {
    this.#wake.wake();
  }

  /** A heartbeat of ours was written: is the lock still somebody else's? */
  async beat(): Promise<void> {
    const { clock, leaseMs, db } = this.#o;
    if (!this.#isWaiting || this.#term === null || this.#withoutSinceMs === null) return;
    const forMs = clock.monoMs() - this.#withoutSinceMs;
    // The leader before us may be paused. It has lost its term, and needs no lock.
    if (forMs > leaseMs) await endHolder(db).catch(() => {});
    if (forMs > 2 * leaseMs && this.#isWaiting) this.#note(HELD);
  }

  /** The term is over: lets go of the lock. */
  rest(): void {
    this.#term = null;
    this.#isWorthIt = false;
    this.#note(null);
    if (this.#isHeld || this.#isWaiting) this.#o.lock?.letGo();
    this.#wake.wake();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.rest();
    await this.#running;
  }

  get #isWanted(): boolean {
    return this.#term !== null || this.#isWorthIt;
  }

  async #run(lock: LeaderLock): Promise<void> {
    const { clock } = this.#o;
    // Where the server is away, it is back at any moment; where it refuses, somebody has to mend that first.
    const away = new Backoff(20, 250);
    const refused = new Backoff(20, 5000);
    while (!this.#isClosed) {
      if (!this.#isWanted) {
        await this.#wake.wait(FOR_EVER_MS);
        continue;
      }
      let isLost = false;
      this.#isWaiting = true;
      try {
        await lock.acquire(() => {
          isLost = true;
          this.#isHeld = false;
          this.#wake.wake();
        });
        this.#isHeld = true;
        this.#failure = null;
        away.reset();
        refused.reset();
      } catch (error) {
        if (this.#isWanted && !this.#isClosed)
          await this.#failed(error, (error instanceof DatabaseUnavailableError ? away : refused).next());
        continue;
      } finally {
        this.#isWaiting = false;
      }
      if (this.#term === null && this.#isWanted) await this.#ask(() => isLost);
      if (this.#term !== null || this.#inherited !== null) await this.#hold(() => isLost);
      this.#isHeld = false;
      lock.letGo();
      if (isLost && this.#term !== null) await this.#lost(clock.monoMs());
    }
  }

  /** We have been given the lock of somebody who leads. Dead, or without its lock? */
  async #ask(isLost: () => boolean): Promise<void> {
    const { db, instance, leaseMs, clock, log, onInherited } = this.#o;
    const untilMs = clock.monoMs() + DYING_MS;
    try {
      while (this.#term === null && this.#isWanted && !isLost()) {
        const term = await takeTerm(db, instance, leaseMs, 'if-dead');
        if (term !== null) {
          if (this.#isClosed) return;
          log.info(
            { event: 'leader_died', term: term.epoch - 1 },
            'PostgreSQL tells that the leader is dead: succeeding it',
          );
          this.#inherited = term;
          this.#isWorthIt = false;
          onInherited();
          return;
        }
        if (clock.monoMs() > untilMs || !(await readLeadership(db)).isLocked) break;
        await clock.sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      log.debug({ event: 'succession_failed', error: messageOf(error) });
    }
    // It is said again with each pulse of a leader that holds the lock.
    this.#isWorthIt = false;
  }

  /** For as long as we lead. */
  async #hold(isLost: () => boolean): Promise<void> {
    const { db, log } = this.#o;
    let said: Term | null = null;
    while ((this.#term !== null || this.#inherited !== null) && !isLost() && !this.#isClosed) {
      const term = this.#term;
      let isSaid = true;
      if (term !== null && said !== term) {
        try {
          await sayLocked(db, term, true);
          said = term;
          this.#withoutSinceMs = null;
          if (this.#losses.length < OFTEN) this.#note(null);
        } catch (error) {
          isSaid = false;
          log.debug({ event: 'succession_failed', error: messageOf(error) });
        }
      }
      await this.#wake.wait(isSaid ? FOR_EVER_MS : this.#o.leaseMs / 4);
    }
  }

  /** The session has ended and we live: the database restarts, or somebody ends such sessions. */
  async #lost(nowMs: number): Promise<void> {
    this.#withoutSinceMs = nowMs;
    this.#losses = [...this.#losses.filter((atMs) => nowMs - atMs < OFTEN_MS), nowMs];
    if (this.#losses.length < OFTEN) return;
    this.#note(ENDED_AGAIN);
    await this.#wake.wait(1000 * 2 ** Math.min(this.#losses.length - OFTEN, 6));
  }

  async #failed(error: unknown, pauseMs: number): Promise<void> {
    const { clock, leaseMs, db } = this.#o;
    this.#failure = error;
    const withoutMs = this.#withoutSinceMs === null ? 0 : clock.monoMs() - this.#withoutSinceMs;
    if (this.#term !== null && withoutMs > leaseMs) {
      this.#note({
        cause: 'PostgreSQL cannot tell of the death of this leader, so it would be noticed only after its lease',
        cure: 'see the detail; the role needs UPDATE on the view leader_alive, and the instance one connection more',
        detail: messageOf(error),
      });
      await sayLocked(db, this.#term, false).catch(() => {});
    }
    await this.#wake.wait(pauseMs);
  }

  #note(trouble: Trouble | null): void {
    this.#o.health.note('succession', trouble);
  }
}
