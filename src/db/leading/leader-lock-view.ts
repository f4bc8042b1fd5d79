import { SQLSTATE } from '../../base/sqlstate.ts';
import type { Queryable } from '../database.ts';
import { IS_ALIVE } from '../names.ts';

/** The lock that tells of a leader's death, as any session sees it. */
export interface LeaderLockView {
  /** The pid of the session that holds it; null: nobody. */
  holder: number | null;
  /** The leader says that it holds it, and the session that holds it is an instance's and not a stranger's. */
  isInForce: boolean;
  /** How many instances wait for it. */
  waiting: number;
}

const IS_THE_LOCK = `relation = 'leader_alive'::regclass AND mode = 'ExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const READ = {
  name: 'leader_lock',
  // The leader says it once, and does not take it back while somebody else has the lock.
  text: `WITH asked AS (
    SELECT pid, granted, ${IS_ALIVE} AS ours FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE ${IS_THE_LOCK}
  )
  SELECT (SELECT pid FROM asked WHERE granted)::float8 AS holder,
    (SELECT count(*) FROM asked WHERE NOT granted AND ours)::float8 AS waiting,
    EXISTS (SELECT FROM asked WHERE granted AND ours)
      AND coalesce((SELECT instance IS NOT NULL AND alive_epoch = epoch FROM leadership), false) AS "isInForce"`,
};

// EXCLUSIVE takes one of these rights; UPDATE is what docs/operations.md grants.
const RIGHTS = {
  name: 'leader_lock_rights',
  text: `SELECT has_table_privilege('leader_alive', 'UPDATE') AS may`,
};

const END_HOLDER = {
  name: 'end_leader_lock_holder',
  text: `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE ${IS_THE_LOCK} AND granted AND ${IS_ALIVE}`,
};

/** @throws SQLSTATE.noTable where there is no such view, SQLSTATE.forbidden where this role may not lock it */
export async function readLeaderLock(db: Queryable): Promise<LeaderLockView> {
  const [rights] = await db.query<{ may: boolean }>(RIGHTS);
  if (!rights?.may)
    throw Object.assign(new Error('permission denied for view leader_alive'), { code: SQLSTATE.forbidden });
  const [row] = await db.query<LeaderLockView>(READ);
  return row ?? { holder: null, isInForce: false, waiting: 0 };
}

/**
 * Ends the session of an earlier leader that is paused or cut off and still holds the lock. Its term is over anyway.
 */
export async function endHolder(db: Queryable): Promise<void> {
  await db.query(END_HOLDER);
}

const IS_KEPT = { name: 'leader_session_kept', text: 'SELECT backend = pg_backend_pid() AS kept FROM leadership' };

/** @param db the session that writes the heartbeats @returns whether it is still the one that wrote the last of them */
export async function isSessionKept(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ kept: boolean | null }>(IS_KEPT);
  return row?.kept ?? false;
}
