import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import { Signal } from '../base/signal.ts';
import type { Database, LeaderLock, Queryable } from '../db/database.ts';
import { endHolder, isSessionKept } from '../db/leading/leader-lock-view.ts';
import { readLeadership } from '../db/leading/leadership-row.ts';
import { releaseTerm, sayLocked, sayUnlocked, type Term, takeTerm } from '../db/leading/term.ts';
import { NO_LOCK, SuccessionHealth } from './succession-health.ts';
import type { ToldBy } from './told-by.ts';

export interface SuccessionOptions {
  kind: Database['kind'];
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

/** The sessions of a dead process end one by one, within milliseconds. If one is there after this, the process lives. */
const DYING_MS = 100;
const LOOK_EVERY_MS = 5;
/** The longest time that a timer can wait for. */
const FOR_EVER_MS = 2 ** 31 - 1;
/** Pauses between tries to get into the queue for the lock while the server is away. It may be back at any moment. */
const AWAY_MS = [20, 250] as const;
/** The same while it refuses. Somebody has to mend that first. */
const REFUSED_MS = [20, 5000] as const;
/** After so long in the queue the pauses begin short again. */
const WAITED_LEASES = 2;
/** If the leader could not say that it holds the lock, it tries again after this. */
const SAY_AGAIN_LEASES = 1 / 4;

/**
 * Tells of a leader's death within milliseconds. The leader holds a lock while it leads, and the others wait for it.
 * The one that is given the lock takes the term, provided that the leader's session `lead` has gone as well. If it
 * has not, the leader lives and has only lost the lock, which it takes again. The fence holds, even if this is wrong.
 */
export class Succession {
  readonly #o: SuccessionOptions;
  readonly #wake: Signal;
  readonly #running: Promise<void>;
  readonly #health: SuccessionHealth;
  /** A leader is known to hold the lock, so it is worth waiting for. */
  #isWorthIt = false;
  /** Ours, while we lead. */
  #term: Term | null = null;
  /** Taken from a dead leader; null once `inherit` has handed it out. */
  #inherited: Term | null = null;
  /** From the moment when it was taken until we lead. */
  #isHeir = false;
  #isHeld = false;
  #isWaiting = false;
  #isClosed = false;
  constructor(options: SuccessionOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#health = new SuccessionHealth(options.health, options.clock, options.leaseMs);
    this.#running = options.lock === null ? Promise.resolve() : this.#run(options.lock);
  }

  get told(): ToldBy {
    const { kind, lock } = this.#o;
    if (lock === null) return { toldBy: 'lease', why: NO_LOCK[kind] };
    if (this.#term === null ? this.#isWaiting : this.#isHeld) return { toldBy: 'postgres', why: null };
    const whose = this.#term === null ? 'the leader does not hold' : 'another session holds';
    return { toldBy: 'lease', why: this.#health.failure ?? `${whose} the lock on leader_alive` };
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
    this.#isHeir = false;
    if (this.#o.lock !== null) this.#health.leads();
    this.#wake.wake();
  }

  /** PostgreSQL is back: what failed may work now. */
  tryAgain(): void {
    this.#wake.wake();
  }

  /** We may have lost the lock, or our place in its queue, without noticing: check. */
  look(): void {
    this.#o.lock?.look(this.#o.db).catch(() => {});
  }

  /** A heartbeat of ours was written: ends a session that has kept the lock from us for a lease. */
  async heartbeatWritten(): Promise<void> {
    const { leaseMs, db } = this.#o;
    // The leader before us may be paused, and hold it. Its term is over, so it needs no lock.
    if (this.#isWaiting && this.#health.withoutForMs > leaseMs) await endHolder(db).catch(() => {});
    this.#health.look();
  }

  /** The term is over: lets go of the lock. */
  rest(): void {
    this.#term = null;
    this.#isHeir = false;
    this.#isWorthIt = false;
    this.#health.rest();
    this.#o.lock?.letGo();
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
    const away = new Backoff(...AWAY_MS);
    const refused = new Backoff(...REFUSED_MS);
    const living = new Backoff(DYING_MS / 2, this.#o.leaseMs);
    while (!this.#isClosed) {
      if (!this.#isWanted) {
        await this.#wake.wait(FOR_EVER_MS);
        continue;
      }
      let isLost = false;
      let waitingSinceMs = Infinity;
      const hasWaited = (): boolean => clock.monoMs() - waitingSinceMs > WAITED_LEASES * this.#o.leaseMs;
      try {
        await lock.acquire({
          onWaiting: () => {
            this.#isWaiting = true;
            waitingSinceMs = clock.monoMs();
            this.#health.waits();
          },
          onLost: () => {
            isLost = true;
            this.#isHeld = false;
            this.#wake.wake();
          },
        });
        this.#isHeld = true;
        away.reset();
        refused.reset();
      } catch (error) {
        if (!this.#isWanted || this.#isClosed) continue;
        // If somebody ends whatever waits for long, be waiting again soon.
        if (hasWaited()) for (const backoff of [away, refused]) backoff.reset();
        this.#health.failed(error);
        await this.#wake.wait((error instanceof DatabaseUnavailableError ? away : refused).next());
        continue;
      } finally {
        this.#isWaiting = false;
      }
      if (hasWaited()) living.reset();
      const isFollower = this.#term === null;
      if (isFollower && this.#isWanted) await this.#ask(() => isLost);
      if (this.#term !== null || this.#isHeir) await this.#hold(() => isLost);
      this.#isHeld = false;
      lock.letGo();
      if (isLost && this.#term !== null) await this.#lost();
      // The leader lives and wants the lock back, so let it go first.
      if (isFollower && this.#term === null && this.#isWanted) await this.#wake.wait(living.next());
    }
  }

  /** We have been given the lock while another leads. Is that one dead, or has it only lost the lock? */
  async #ask(isLost: () => boolean): Promise<void> {
    const { db, instance, leaseMs, clock, log, onInherited } = this.#o;
    const untilMs = clock.monoMs() + DYING_MS;
    try {
      while (this.#term === null && this.#isWanted && !isLost()) {
        const term = await takeTerm(db, instance, leaseMs, 'if-dead');
        if (term !== null) {
          if (this.#isClosed) return await releaseTerm(db, term);
          log.info(
            { event: 'leader_died', term: term.epoch - 1 },
            'PostgreSQL tells that the leader is dead: succeeding it',
          );
          this.#inherited = term;
          this.#isHeir = true;
          this.#isWorthIt = false;
          onInherited();
          return;
        }
        // If the leader no longer says that it holds the lock, do not wait. Its pulse will tell when it does again.
        const { isLocked, epoch } = await readLeadership(db);
        if (!isLocked) this.#isWorthIt = false;
        else if (clock.monoMs() > untilMs) return await sayUnlocked(db, epoch);
        await clock.sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      log.debug({ event: 'succession_failed', error: messageOf(error) });
    }
  }

  /** Keeps the lock while we lead, and tells the others that it is worth waiting for. */
  async #hold(isLost: () => boolean): Promise<void> {
    const { db, log } = this.#o;
    let said: Term | null = null;
    while ((this.#term !== null || this.#isHeir) && !isLost() && !this.#isClosed) {
      const term = this.#term;
      let isSaid = true;
      if (term !== null && said !== term) {
        try {
          await sayLocked(db, term, true);
          said = term;
          this.#health.held();
        } catch (error) {
          isSaid = false;
          log.debug({ event: 'succession_failed', error: messageOf(error) });
        }
      }
      await this.#wake.wait(isSaid ? FOR_EVER_MS : SAY_AGAIN_LEASES * this.#o.leaseMs);
    }
  }

  /** The session has ended and we live: the database restarts, or somebody ends such sessions. */
  async #lost(): Promise<void> {
    const isAlone = await isSessionKept(this.#o.db).catch(() => false);
    // The term may be over by now.
    if (this.#term === null) return;
    const pauseMs = this.#health.lost(isAlone);
    if (pauseMs > 0) await this.#wake.wait(pauseMs);
  }
}
