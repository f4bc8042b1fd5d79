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
    'a transaction pooler is in front of the database, and through it LISTEN hears nothing: edits are read once a heartbeat, and the death of a leader is noticed only after its lease',
  cure: 'give DATABASE_URL a direct connection, or a pooler in session mode',
};
const deaf = (detail: string): Trouble => ({
  cause: 'no notifications from PostgreSQL are heard: edits are read once a heartbeat',
  cure: 'none while PostgreSQL restarts, because it is tried again; otherwise see the detail',
  detail,
});

/** Listens for an instance, reconnects when it should have heard something and did not, and reports when it is deaf. */
export class Hearing {
  readonly #o: HearingOptions;
  #ears: Ears | null = null;
  /** Monotonic. What was said before this could not be heard. */
  #listeningSinceMs = Number.POSITIVE_INFINITY;
  #deafBecause: string | null = null;
  /** How many times in a row something was said and not heard. */
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

  /** Why nothing can be heard just now; null while we listen. */
  get deafBecause(): string | null {
    return this.#deafBecause;
  }

  /**
   * Something was said and not heard. A dead peer raises no event, so a new connection is opened.
   * @param saidMs when, monotonic. It does not count if we were not listening yet.
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
