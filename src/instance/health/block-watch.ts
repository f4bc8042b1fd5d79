import type { Clock, Timer } from '../../base/clock.ts';
import type { Health } from '../../base/health.ts';
import { blockerInWords, cureOf, readWaitedFor, readWaitsForStandby, standbyInWords } from '../../db/blockers.ts';
import type { Queryable, Session } from '../../db/database.ts';

/** A statement of the leader's that takes longer than this waits for somebody, or the server is slow. */
const LONG_MS = 250;
const LOOK_EVERY_MS = 1000;
/**
 * It is over after so many looks that found nobody: between two tries of a statement that was given up, nothing waits.
 */
const QUIET_LOOKS = 3;

/**
 * Reports who keeps the leader's statements waiting: somebody's transaction, a lock on a table, a migration. It asks on
 * another connection, and only while a statement is overdue.
 */
export class BlockWatch {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #health: Health;
  /** Names of statements that take long, or took long and were given up. */
  readonly #late = new Set<string>();
  #timer: Timer | null = null;
  #isLooking = false;
  #quietLooks = 0;

  /** @param db a connection that waits for nobody */
  constructor(db: Queryable, clock: Clock, health: Health) {
    this.#db = db;
    this.#clock = clock;
    this.#health = health;
  }

  /** The same session, watched. */
  over(session: Session): Session {
    const query: Session['query'] = async (...args) => {
      const [{ name }] = args;
      const timer = this.#clock.after(LONG_MS, () => this.#isLate(name));
      try {
        const rows = await session.query(...args);
        // Only its own success ends it. If it failed, it is tried again, and may wait for the same lock.
        if (this.#late.delete(name)) this.#passed();
        return rows as never;
      } finally {
        timer.cancel();
      }
    };
    return { query, open: () => session.open(), giveUp: () => session.giveUp(), close: () => session.close() };
  }

  stop(): void {
    this.#late.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #isLate(name: string): void {
    this.#late.add(name);
    this.#quietLooks = 0;
    void this.#look();
  }

  #passed(): void {
    if (this.#late.size > 0) return;
    this.stop();
    this.#health.note('blocked', null);
    this.#health.note('standby', null);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#timer?.cancel();
    // None are known if the database is away, or if this role may not see them.
    const blockers = await readWaitedFor(this.#db).catch(() => []);
    const names = blockers.length > 0 ? null : await readWaitsForStandby(this.#db).catch(() => null);
    this.#isLooking = false;
    if (this.#late.size === 0) return;
    this.#quietLooks = blockers.length > 0 || names !== null ? 0 : this.#quietLooks + 1;
    if (this.#quietLooks >= QUIET_LOOKS) {
      this.#late.clear();
      this.#passed();
      return;
    }
    if (names !== null) this.#health.note('standby', standbyInWords(names));
    if (blockers.length > 0) {
      this.#health.note('blocked', {
        cause: 'another session holds a lock, and statements that move stages wait for it',
        cure: `end its transaction, or the session: ${cureOf(blockers)}`,
        detail: blockers.map(blockerInWords).join('; '),
      });
    }
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => void this.#look());
  }
}
