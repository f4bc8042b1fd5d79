import type { Clock, Timer } from './base/clock.ts';
import type { Health } from './base/health.ts';
import { blockerInWords, cureOf, readWaitedFor, readWaitsForStandby, standbyInWords } from './db/blockers.ts';
import type { Queryable, Session } from './db/database.ts';
import { BARE_HEARTBEAT } from './db/term.ts';

/** A statement of the leader's that takes longer than this waits for somebody, or the server is slow. */
const LONG_MS = 250;
const LOOK_EVERY_MS = 1000;
/** Commits wait for a standby one by one, and in between nobody does. */
const STANDBY_LOOKS = 2;

/**
 * Says who keeps the leader's statements waiting: somebody's transaction, a lock on a table, a migration. From
 * another connection, and only while a statement is overdue.
 */
export class BlockWatch {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #health: Health;
  /** Sessions with a statement that takes long, or with one that did and was given up. */
  readonly #late = new Set<Session>();
  #timer: Timer | null = null;
  #isLooking = false;
  /** Looks to come for commits that wait for a standby. */
  #standbyLooks = 0;

  /** @param db a connection that waits for nobody */
  constructor(db: Queryable, clock: Clock, health: Health) {
    this.#db = db;
    this.#clock = clock;
    this.#health = health;
  }

  /** The same session, watched. */
  over(session: Session): Session {
    const query: Session['query'] = async (...args) => {
      const timer = this.#clock.after(LONG_MS, () => this.#isLate(session));
      try {
        const rows = await session.query(...args);
        // What failed is tried again, and may wait for the same. A bare heartbeat passes where the others wait.
        const [{ name }] = args;
        if (name !== BARE_HEARTBEAT && this.#late.delete(session)) this.#passed();
        return rows as never;
      } finally {
        timer.cancel();
      }
    };
    return { query, open: () => session.open(), giveUp: () => session.giveUp(), close: () => session.close() };
  }

  /** What was under way has been given up for good. */
  forget(): void {
    this.#late.clear();
    this.#passed();
  }

  #isLate(session: Session): void {
    this.#late.add(session);
    void this.#look();
  }

  #passed(): void {
    if (this.#late.size > 0) return;
    this.#health.note('blocked', null);
    if (this.#standbyLooks > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#health.note('standby', null);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#timer?.cancel();
    // Not known: the database is away, or this role may not know.
    const blockers = await readWaitedFor(this.#db).catch(() => []);
    const names = blockers.length > 0 ? null : await readWaitsForStandby(this.#db).catch(() => null);
    this.#isLooking = false;
    if (names !== null) this.#health.note('standby', standbyInWords(names));
    this.#standbyLooks = names !== null ? STANDBY_LOOKS : Math.max(0, this.#standbyLooks - 1);
    if (this.#late.size === 0 && this.#standbyLooks === 0) {
      this.#passed();
      return;
    }
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
