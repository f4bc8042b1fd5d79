import type pg from 'pg';
import { DatabaseUnavailableError } from '../../base/errors.ts';
import type { LeaderLock, LeaderLockEvents, Queryable } from '../database.ts';
import { asDatabaseError } from '../faults.ts';
import { cut } from './session.ts';

/**
 * PostgreSQL looks up a name that is not in the backend's cache with a snapshot, which it keeps until the message has
 * been answered. In the message that waits for the lock, the snapshot would hold back VACUUM all that time. So an
 * earlier message looks the name up.
 */
// With a time-out, because it would itself have to wait for a change of the view.
const LOOK_UP = `BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE leader_alive IN ACCESS SHARE MODE; SET LOCAL lock_timeout = 0`;
/** EXCLUSIVE needs no transaction id and is not written to the WAL. */
const WAIT = 'LOCK TABLE leader_alive IN EXCLUSIVE MODE';

/** A waiting backend does not notice that its client has gone, unless it is told to check. Not every platform can. */
const LOOK_AROUND = `SET client_connection_check_interval = '2s'`;

const WHO = 'SELECT pg_backend_pid() AS pid';
const IS_KNOWN = {
  name: 'leader_lock_known',
  text: `SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND relation = to_regclass('leader_alive')) AS known`,
};

/** Each attempt has a new connection, because ending the connection is the only way to stop waiting. */
export class PostgresLeaderLock implements LeaderLock {
  readonly #open: () => Promise<pg.Client>;
  /** Ends the current attempt, or releases the lock that it got. */
  #giveUp: () => void = () => {};
  /** The connection that waits for the lock or holds it. */
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
