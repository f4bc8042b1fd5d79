import type pg from 'pg';
import { asDatabaseError, isCutShort } from '../faults.ts';

const TRIES = 5;
const UNHURRIED =
  '-c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0';

/**
 * The first moments of our connections. Until our settings are in force the time-outs of the role hold, and a busy
 * process or server may need longer than they allow. Then connections ask to have none in their start-up packet. They do
 * not ask before, because poolers refuse such parameters.
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

  /** @param open opens a connection and sets it up; done again where it was cut short, or where the server refused what it asked for */
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
