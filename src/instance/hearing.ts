import type { Clock } from '../base/clock.ts';
import type { Health, Trouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { Database, Ears } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { parseMessage } from '../db/message.ts';

export interface HearingOptions {
  database: Database;
  clock: Clock;
  log: Log;
  health: Health;
  /** Told what is heard. */
  dispatcher: Dispatcher;
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
  readonly #o: HearingOptions;
  #ears: Ears | null = null;
  /** Monotonic; what was said before could not be heard. */
  #listeningSinceMs = Number.POSITIVE_INFINITY;
  #deafBecause: string | null = null;
  /** Times in a row that nothing was heard though something had been said. */
  #silences = 0;

  constructor(options: HearingOptions) {
    this.#o = options;
  }

  /** Once the database is connected. */
  start(): void {
    if (!this.#o.database.canListen) {
      this.#o.health.note('listen', POOLER);
      return;
    }
    this.#ears = this.#o.database.openEars({
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
    if (this.#silences >= 2) this.#o.health.note('listen', deaf(reason));
    this.#ears?.reconnect(reason);
  }

  async close(): Promise<void> {
    await this.#ears?.close();
  }

  #heard(payload: string): void {
    const message = parseMessage(payload);
    if (message === null) return;
    this.#silences = 0;
    this.#o.health.note('listen', null);
    this.#o.dispatcher.tell(message);
  }

  #listening(): void {
    if (this.#deafBecause !== null) this.#o.log.info({ event: 'relisten' }, 'listening again: reading what was missed');
    this.#deafBecause = null;
    if (this.#silences < 2) this.#o.health.note('listen', null);
    this.#listeningSinceMs = this.#o.clock.monoMs();
    this.#o.dispatcher.tell({ kind: 'missed' });
  }

  #deaf(reason: string): void {
    if (this.#deafBecause === null) this.#o.log.warn({ event: 'deaf', error: reason }, 'not listening: trying again');
    this.#deafBecause = reason;
    this.#o.health.note('listen', deaf(reason));
    this.#listeningSinceMs = Number.POSITIVE_INFINITY;
  }
}
