import type pg from 'pg';
import { asDatabaseError, isCutShort } from './faults.ts';

const TRIES = 5;
const UNHURRIED =
  '-c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0';

/**
 * The first moments of our connections. A role's own time-outs hold until ours are in force, and may be shorter than
 * that takes, whenever this process or the server is busy: then connections ask to be without any as they start.
 * Not before, because poolers refuse to be asked.
 */
export class Startup {
  readonly #options: string;
  #isUnhurried = false;

  /** @param config of all connections; its options are kept */
  constructor({ options = '' }: pg.ClientConfig) {
    this.#options = options;
  }

  /** What goes into the configuration of the next connection. */
  get config(): pg.ClientConfig {
    return this.#isUnhurried ? { options: `${this.#options} ${UNHURRIED}` } : {};
  }

  /** @param open a connection with its settings in force; it is tried again where it was cut short, or refused what it asked for */
  async inTime<T>(open: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await open();
      } catch (error) {
        const hasAsked = this.#isUnhurried;
        this.#isUnhurried = isCutShort(error);
        if (tries === TRIES || (!this.#isUnhurried && !hasAsked)) throw asDatabaseError(error);
      }
    }
  }
}
