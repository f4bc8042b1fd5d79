import type { Clock } from '../base/clock.ts';
import type { Health, Trouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { Database, Ears } from '../db/database.ts';
import { type Message, parseMessage } from '../db/message.ts';

export interface HearingEvents {
  onMessage(message: Message): void;
  /** Listening (again): whatever was said before was missed. */
  onListening(): void;
}

const POOLER: Trouble = {
  cause:
    'a transaction pooler stands before the database, where LISTEN is never heard: edits are read once a heartbeat, and the death of a leader is noticed only after its lease',
  cure: 'give DATABASE_URL a direct connection, or a pooler in session mode',
};
const deaf = (detail: string): Trouble => ({
  cause: 'no notifications from PostgreSQL are heard: edits are read once a heartbeat',
  cure: 'nothing while PostgreSQL restarts: it is tried again; else see the detail',
  detail,
});

/** An instance's ears, what it makes of their silence, and what it says about it. */
export class Hearing {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health;
  readonly #events: HearingEvents;
  #ears: Ears | null = null;
  /** Monotonic; what was said before could not be heard. */
  #listeningSinceMs = Number.POSITIVE_INFINITY;
  #deafBecause: string | null = null;
  /** Times in a row that nothing was heard though something had been said. */
  #silences = 0;

  constructor(database: Database, clock: Clock, log: Log, health: Health, events: HearingEvents) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#health = health;
    this.#events = events;
  }

  /** Once the database is connected. */
  start(): void {
    if (!this.#database.canListen) {
      this.#health.note('listen', POOLER);
      return;
    }
    this.#ears = this.#database.openEars({
      onMessage: (payload) => this.#heard(payload),
      onListening: () => this.#listening(),
      onDeaf: (reason) => this.#deaf(reason),
    });
  }

  get isListening(): boolean {
    return this.#ears?.isListening ?? false;
  }

  /** Why nothing is heard just now; null while it is. */
  get deafBecause(): string | null {
    return this.#deafBecause;
  }

  /**
   * Something was said and not heard: a dead peer raises no event, so the connection is made anew.
   * @param saidMs when, monotonic; who did not listen yet is not deaf
   */
  distrust(reason: string, saidMs: number): void {
    if (saidMs < this.#listeningSinceMs) return;
    this.#silences += 1;
    if (this.#silences >= 2) this.#health.note('listen', deaf(reason));
    this.#ears?.reconnect(reason);
  }

  async close(): Promise<void> {
    await this.#ears?.close();
  }

  #heard(payload: string): void {
    const message = parseMessage(payload);
    if (message === null) return;
    this.#silences = 0;
    this.#health.note('listen', null);
    this.#events.onMessage(message);
  }

  #listening(): void {
    if (this.#deafBecause !== null) this.#log.info({ event: 'relisten' }, 'listening again: reading what was missed');
    this.#deafBecause = null;
    if (this.#silences < 2) this.#health.note('listen', null);
    this.#listeningSinceMs = this.#clock.monoMs();
    this.#events.onListening();
  }

  #deaf(reason: string): void {
    if (this.#deafBecause === null) this.#log.warn({ event: 'deaf', error: reason }, 'not listening: trying again');
    this.#deafBecause = reason;
    this.#health.note('listen', deaf(reason));
    this.#listeningSinceMs = Number.POSITIVE_INFINITY;
  }
}
