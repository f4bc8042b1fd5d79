import { Backoff } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Health } from '../../base/health.ts';
import type { Queryable } from '../../db/database.ts';
import { tryToWrite } from '../../db/schema/fitness.ts';
import { PARTS_OF_WRITING, troubleOf } from '../../db/troubles.ts';

const EXHAUSTED = {
  cause: 'all connections for requests are in use, and requests wait for one',
  cure: 'look for slow statements and locks in pg_stat_activity; else raise DATABASE_POOL_SIZE, or run more instances',
  isBlocking: true,
};
/** A failure may be over in a moment. While it lasts, each try is a transaction that writes, so the pauses grow. */
const RETRY_MS = [250, 4000] as const;

/**
 * Whether the database lets us do our work. Nothing is asked while all goes well. When a statement of any part fails,
 * everything that we write is tried, again and again until it succeeds.
 */
export class DatabaseHealth {
  readonly #db: Queryable;
  readonly #health: Health;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #trying: Promise<void> | null = null;
  #isStarted = false;

  constructor(db: Queryable, health: Health, clock: Clock) {
    this.#db = db;
    this.#health = health;
    this.#clock = clock;
  }

  /** Before this the database is being set up, and reach-database.ts says what it waits for. */
  start(): void {
    this.#isStarted = true;
  }

  /** A statement of ours failed, perhaps because of the database. */
  failed(error: unknown): void {
    const part = troubleOf(error)?.part;
    if (!this.#isStarted || part === undefined || !PARTS_OF_WRITING.includes(part) || this.#stop.signal.aborted) return;
    this.#trying ??= this.#try().finally(() => {
      this.#trying = null;
    });
  }

  exhausted(isExhausted: boolean): void {
    this.#health.note('pool', isExhausted ? EXHAUSTED : null);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#trying;
  }

  async #try(): Promise<void> {
    const backoff = new Backoff(...RETRY_MS);
    while (!this.#stop.signal.aborted) {
      let found: string | null = null;
      let isTold = true;
      try {
        await tryToWrite(this.#db);
      } catch (error) {
        const trouble = troubleOf(error);
        found = trouble?.part ?? null;
        if (trouble !== null && PARTS_OF_WRITING.includes(trouble.part)) this.#health.note(trouble.part, trouble);
        else isTold = false;
      }
      // If the database is out of reach or busy, nothing new is known.
      if (isTold) for (const part of PARTS_OF_WRITING) if (part !== found) this.#health.note(part, null);
      if (isTold && found === null) return;
      await this.#clock.sleep(backoff.next(), this.#stop.signal);
    }
  }
}
