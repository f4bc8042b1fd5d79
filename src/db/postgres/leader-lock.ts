import type pg from 'pg';
import { DatabaseUnavailableError } from '../../base/errors.ts';
import type { LeaderLock, LeaderLockEvents, Queryable } from '../database.ts';
import { asDatabaseError } from '../faults.ts';
import { cut } from './session.ts';

/**
 * PostgreSQL looks up a name that is not in the backend's cache under a snapshot, and keeps it until the message has been
 * answered. In the message that waits it would hold back VACUUM for all that time. So a message before it looks the name up.
 */
// Behind a change of the view it would have to wait itself.
const LOOK_UP = `BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE leader_alive IN ACCESS SHARE MODE; SET LOCAL lock_timeout = 0`;
/** EXCLUSIVE takes no transaction id and is not written to the log. */
const WAIT = 'LOCK TABLE leader_alive IN EXCLUSIVE MODE';

/** A backend that waits does not notice that its client has gone, unless it is told to look. Not every platform can. */
const LOOK_AROUND = `SET client_connection_check_interval = '2s'`;

const WHO = 'SELECT pg_backend_pid() AS pid';
const IS_KNOWN = {
  name: 'leader_lock_known',
  text: `SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND relation = to_regclass('leader_alive')) AS known`,
};

/** A new connection each time that the lock is wanted: ending it is the only way to stop waiting. */
export class PostgresLeaderLock implements LeaderLock {
  readonly #open: () => Promise<pg.Client>;
  /** Ends the present try, or what has come of it. */
  #giveUp: () => void = () => {};
  /** In the queue for the lock, or holding it. */
  #queued: { client: pg.Client; pid: number } | null = null;

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
      const who = await Promise.race([client.query<{ pid: number }>(WHO), ended]);
      await Promise.race([client.query(LOOK_UP), ended]);
      this.#queued = { client, pid: who.rows[0]?.pid ?? 0 };
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

  async look(db: Queryable): Promise<void> {
    const queued = this.#queued;
    if (queued === null) return;
    const [row] = await db.query<{ known: boolean }>(IS_KNOWN, [queued.pid]);
    if (row?.known === false && this.#queued === queued) cut(queued.client);
  }

  letGo(): void {
    this.#queued = null;
    this.#giveUp();
    this.#giveUp = () => {};
  }
}
