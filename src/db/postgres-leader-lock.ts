import type pg from 'pg';
import { DatabaseUnavailableError } from '../base/errors.ts';
import type { LeaderLock, LeaderLockEvents } from './database.ts';
import { asDatabaseError } from './faults.ts';
import { cut } from './postgres-session.ts';

/**
 * A name that is not in the backend's cache is looked up by a snapshot, which is kept until the message has been
 * answered. So there is a message before the one that waits: else the snapshot would hold back VACUUM for as long as that.
 */
const LOOK_UP = 'BEGIN; LOCK TABLE leader_alive IN ACCESS SHARE MODE';
/** EXCLUSIVE takes no transaction id and is not written to the log. */
const WAIT = 'LOCK TABLE leader_alive IN EXCLUSIVE MODE';

/** A backend that waits does not look whether its process is still there, unless it is told to. Not every platform can. */
const LOOK_AROUND = `SET client_connection_check_interval = '2s'`;

/** A connection for each time that the lock is wanted: to end it is the only way out of waiting. */
export class PostgresLeaderLock implements LeaderLock {
  readonly #open: () => Promise<pg.Client>;
  /** Ends the present try, or what has come of it. */
  #giveUp: () => void = () => {};

  constructor(open: () => Promise<pg.Client>) {
    this.#open = open;
  }

  async acquire({ onWaiting, onLost }: LeaderLockEvents): Promise<void> {
    let isOver = false;
    let end = (): void => {};
    const ended = new Promise<never>((_, reject) => {
      end = () => reject(new DatabaseUnavailableError('The connection for the lock of the leader has ended.'));
    });
    ended.catch(() => {});
    const opening = this.#open();
    const drop = (): void => {
      opening.then(cut, () => {});
    };
    this.#giveUp = () => {
      isOver = true;
      end();
      drop();
    };
    const client = await Promise.race([opening, ended]);
    client.once('end', end);
    try {
      await Promise.race([client.query(LOOK_AROUND).catch(() => {}), ended]);
      await Promise.race([client.query(LOOK_UP), ended]);
      onWaiting();
      await Promise.race([client.query(WAIT), ended]);
    } catch (error) {
      drop();
      throw asDatabaseError(error);
    }
    client.once('end', () => {
      if (!isOver) onLost();
    });
  }

  letGo(): void {
    this.#giveUp();
    this.#giveUp = () => {};
  }
}
