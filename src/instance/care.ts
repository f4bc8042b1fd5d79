import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../db/database.ts';
import type { Engine } from './engine.ts';

const LOOK_EVERY_MS = 10_000;

/** Has the embedded database maintained while nothing is due. There is no server that would do it. */
export class Care {
  readonly #engine: Engine;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Timer | null = null;

  constructor(engine: Engine, database: Database, clock: Clock, log: Log) {
    this.#engine = engine;
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    if (this.#database.maintain !== undefined) this.#timer = this.#clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { role, armed, databaseMs } = this.#engine;
    if (role !== 'leader') return;
    const quietMs = armed.nextMs === null ? Number.POSITIVE_INFINITY : armed.nextMs - databaseMs;
    this.#database.maintain?.(quietMs).catch((error: unknown) => {
      this.#log.warn({ event: 'maintenance_failed', error: messageOf(error) }, 'maintenance failed, trying again');
    });
  }
}
