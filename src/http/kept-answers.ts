import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { forgetOld } from '../commands/once-only.ts';
import type { Database } from '../db/database.ts';

const LOOK_EVERY_MS = 3_600_000;
/** At a time: short enough for its locks to be felt by nobody. */
const BATCH = 500;

/**
 * Forgets answers that are too old to be asked for again. An instance looks once an hour from the first answer that it
 * keeps until none is left, so where nobody sends an Idempotency-Key nothing is looked for. Several do each other no
 * harm.
 */
export class KeptAnswers {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(database: Database, clock: Clock, log: Log) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  /** One was kept. */
  kept(): void {
    if (this.#timer !== null || this.#isStopped) return;
    this.#timer = this.#clock.every(LOOK_EVERY_MS, () => void this.look());
  }

  /** Also once at the start, for those that an instance kept which is gone. */
  async look(): Promise<void> {
    try {
      for (;;) {
        const { forgotten, isAnyLeft } = await forgetOld(this.#database, BATCH);
        if (this.#isStopped) return;
        if (forgotten === BATCH) continue;
        if (isAnyLeft) return this.kept();
        this.#timer?.cancel();
        this.#timer = null;
        return;
      }
    } catch (error) {
      this.#log.debug({ event: 'answers_kept', error: messageOf(error) });
      this.kept();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
