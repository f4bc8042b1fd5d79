import type pg from 'pg';
import { asDatabaseError, isCutShort } from '../faults.ts';

const TRIES = 5;
const UNHURRIED =
  '-c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0';

/**
 * The first moments of our connections. Until our settings are in force the role's time-outs apply, and a busy process
 * or server may need longer. Only if one strikes do connections ask for no time-outs in their start-up packet, because
 * poolers refuse such parameters.
 */
export class Startup {
  readonly #options: string;
  #isUnhurried = false;

  /** @param config the configuration of all connections; its options are kept */
  constructor({ options = '' }: pg.ClientConfig) {
    this.#options = options;
  }

  /** Added to the configuration of the next connection. */
  get config(): pg.ClientConfig {
    return this.#isUnhurried ? { options: `${this.#options} ${UNHURRIED}` } : {};
  }

  /**
   * @param open opens a connection and sets it up; called again if a time-out struck, or if the server refused the
   * parameters
   */
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
