import type { Trouble } from '../base/health.ts';
import type { Queryable } from './database.ts';
import { IS_ALIVE } from './names.ts';
import { due, type StageDate } from './outstanding.ts';

/** Somebody else's session that keeps Stagebell from its rows. */
export interface Blocker {
  /** 0: a prepared transaction, see pg_prepared_xacts. */
  pid: number;
  user: string | null;
  application: string | null;
  /** How long its transaction has been open; null if this role may not see it. */
  openForMs: number | null;
  state: string | null;
  /** The beginning of its last statement. */
  query: string | null;
  /** `waited-for`: one of our sessions waits for it. `holds-due`: it holds rows that are due, which are skipped. */
  how: 'waited-for' | 'holds-due';
}

// Our sessions are found by application_name, on any host. Between them and the holder there may be others in the
// queue, so each chain is followed to those that wait for nobody.
const OURS = `split_part(a.application_name, ':', 1) = split_part(current_setting('application_name'), ':', 1)`;
const SHOWN = `a.usename::text AS user, a.application_name AS application, a.state,
  (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS "openForMs",
  left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60) AS query`;

const WAITED_FOR = {
  name: 'waited_for',
  text: `WITH RECURSIVE way AS (
    SELECT unnest(pg_blocking_pids(pid)) AS pid FROM pg_stat_activity a
    WHERE datname = current_database() AND ${OURS} AND pid <> pg_backend_pid()
      AND NOT a.${IS_ALIVE} -- those are meant to wait
    UNION
    SELECT unnest(pg_blocking_pids(way.pid)) FROM way WHERE way.pid <> 0
  )
  SELECT way.pid::float8 AS pid, ${SHOWN}, 'waited-for' AS how FROM way LEFT JOIN pg_stat_activity a USING (pid)
  WHERE cardinality(pg_blocking_pids(way.pid)) = 0 AND (${OURS}) IS NOT TRUE
  ORDER BY a.xact_start`,
};

const longDue = (date: StageDate): string =>
  `SELECT xmax FROM stage WHERE ${due(date, "clock_timestamp() - interval '1 second'")} ORDER BY ${date} LIMIT 500`;

// A locked row carries the number of the transaction that locked it. If several share the lock, it carries a different
// number. Then every session that has written to the table, or locked rows of it, is named.
const HOLDS_DUE = {
  name: 'holds_due',
  text: `WITH due AS (
    (${longDue('start_date')})
    UNION
    (${longDue('end_date')})
  ), held AS (
    -- A prepared transaction has no session any more.
    SELECT DISTINCT coalesce(pid, 0) AS pid FROM pg_locks JOIN due ON transactionid = xmax WHERE locktype = 'transactionid' AND granted
  ), shared AS (
    SELECT DISTINCT coalesce(pid, 0) FROM pg_locks WHERE relation = 'stage'::regclass AND granted
      AND mode IN ('RowShareLock', 'RowExclusiveLock') AND EXISTS (SELECT FROM due WHERE xmax <> 0)
      AND NOT EXISTS (SELECT FROM held)
  )
  SELECT pid::float8 AS pid, ${SHOWN}, 'holds-due' AS how
  FROM (TABLE held UNION TABLE shared) AS holder LEFT JOIN pg_stat_activity a USING (pid)
  WHERE (${OURS}) IS NOT TRUE ORDER BY a.xact_start`,
};

/**
 * The sessions that this deployment waits for, at the end of each chain; never one of ours. Touches none of our tables.
 */
export function readWaitedFor(db: Queryable): Promise<Blocker[]> {
  return db.query<Blocker>(WAITED_FOR);
}

/** The sessions that hold rows which have been due for a second. Nobody waits for them, so no chain shows them. */
export function readHoldersOfDue(db: Queryable): Promise<Blocker[]> {
  return db.query<Blocker>(HOLDS_DUE);
}

// pg_locks can be read whoever holds the table: a name is looked up without a lock.
const LOCKERS = {
  name: 'lockers',
  text: `SELECT coalesce(l.pid, 0)::float8 AS pid, ${SHOWN}, 'waited-for' AS how
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE locktype = 'relation' AND relation = to_regclass($1) AND mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY granted DESC, a.xact_start`,
};

/** The sessions that let nobody read a table, or wait until they can. */
export function readLockers(db: Queryable, table: string): Promise<Blocker[]> {
  return db.query<Blocker>(LOCKERS, [table]);
}

const WAITS_FOR_STANDBY = {
  name: 'waits_for_standby',
  text: `SELECT count(*)::float8 AS waiting, current_setting('synchronous_standby_names') AS names FROM pg_stat_activity a
    WHERE datname = current_database() AND ${OURS} AND wait_event = 'SyncRep'`,
};

/**
 * Whether our commits wait for a standby at this moment. That is not a lock, and there is no session to end.
 * @returns the names of the standbys
 */
export async function readWaitsForStandby(db: Queryable): Promise<string | null> {
  const [row] = await db.query<{ waiting: number; names: string }>(WAITS_FOR_STANDBY);
  return row === undefined || row.waiting === 0 ? null : row.names;
}

export const standbyInWords = (names: string): Trouble => ({
  cause: 'commits wait for a synchronous standby that does not answer: no bell rings and no edit ends until it does',
  cure: "start the standby, or let commits go on without it: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf()",
  detail: `synchronous_standby_names = ${names}`,
  isBlocking: true,
});

/** In words, with what ends it. */
export function blockerInWords({ pid, user, application, openForMs, state, query }: Blocker): string {
  if (pid === 0) return 'a prepared transaction (pg_prepared_xacts)';
  const open = openForMs === null ? '' : `, open for ${(openForMs / 1000).toFixed(0)} s`;
  const by = [user, application].filter(Boolean).join(', ');
  return `session ${pid} (${by}${open}${state === null ? '' : `, ${state}`}${query ? `: ${query}` : ''})`;
}

export const cureOf = (blockers: readonly Blocker[]): string =>
  blockers
    .map(({ pid }) =>
      pid === 0
        ? 'SELECT gid FROM pg_prepared_xacts, then ROLLBACK PREPARED or COMMIT PREPARED with it'
        : `SELECT pg_terminate_backend(${pid})`,
    )
    .join('; ');
