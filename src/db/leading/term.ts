import type { Queryable, Statement } from '../database.ts';
import { isQueueFull } from '../faults.ts';
import { CHANNEL, FULL_QUEUE, SETTING } from '../names.ts';

/**
 * A **term** is one leadership, (epoch, nonce), issued by PostgreSQL: Redlock says who should lead,
 * the row in `leadership` says who does.
 */
export interface Term {
  epoch: number;
  nonce: string;
}

/** No leader has it, so statements under it change nothing. */
export const NOBODYS: Term = { epoch: -1, nonce: '00000000-0000-0000-0000-000000000000' };

/**
 * When a candidate may take the term over. 'if-heartbeat-missed' is for a candidate that was elected: a heartbeat was
 * missed. (A leader that writes heartbeats lives, whatever the election says.) 'if-dead' is for a follower that has
 * been given the leader's lock: the session that wrote the leader's heartbeats must be gone too.
 */
export type TakeCondition = 'always' | 'if-heartbeat-missed' | 'if-vacant-or-stale' | 'if-dead';
/** The condition of `rehearseTake`. */
const NEVER = 'never';

/** How late a heartbeat may be before it counts as missed. Less than followers wait for one. */
const HEARTBEAT_SLACK_MS = 15;

/** A leader whose heartbeat is this many leases old counts as gone for those who cannot ask Redis. */
export const STALE_LEASES = 3;

/**
 * Makes a statement that the trigger on `leadership` announces to the others. If the notification queue has filled up
 * between the trigger's look and the commit, the statement fails. It is then made again without the announcement, which
 * is only a hint.
 */
export const MUTE = `set_config('${SETTING.mute}', $1, true) IS NOT NULL`;
export async function saying<Row>(db: Queryable, statement: Statement, values: unknown[]): Promise<Row[]> {
  try {
    return await db.query<Row>(statement, ['off', ...values]);
  } catch (error) {
    if (!isQueueFull(error)) throw error;
    return db.query<Row>(statement, ['on', ...values]);
  }
}

// The key update of `epoch` waits for the FOR KEY SHARE of every running advance; those that come
// later find the epoch gone. From this commit on the old leader can move nothing. The greatest of both
// epochs, because the row may come from an older backup than the log.
const NEXT_EPOCH = 'greatest(epoch, (SELECT max(epoch) FROM term)) + 1';
/**
 * A second lock, on the session that writes the heartbeats: it tells a leader that is dead from one that has only lost
 * the first. A lock and not the number of its process, which lives on where a pooler gives it to somebody else.
 */
const keyOf = (epoch: string): string =>
  `(to_regclass('leader_alive')::oid::bigint % 2147483647)::int, ((${epoch}) % 2147483647)::int`;
// A session gets any lock that it holds itself, so that would tell nothing of the leader. CASE, because the planner
// puts the parts of an AND in an order of its own, and the lock would be ours by the time we look.
const IS_OURS = `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
  AND (classid::bigint, objid::bigint) = (${keyOf('epoch')}))`;
const IS_DEAD = `instance IS NOT NULL AND alive_epoch = epoch AND
  CASE WHEN ${IS_OURS} THEN false ELSE pg_try_advisory_xact_lock(${keyOf('epoch')}) END`;
/**
 * Takes the second lock, even if this session seems to have it, which costs nothing. The number of its process would
 * not show that: a pooler may give the same session back without its locks, and a restarted server the same number.
 */
export const BACKEND = `CASE WHEN pg_try_advisory_lock(${keyOf('epoch')}) THEN pg_backend_pid() END`;
const TAKE = {
  name: 'take_term',
  text: `WITH taken AS (
    UPDATE leadership SET epoch = ${NEXT_EPOCH}, nonce = gen_random_uuid(), instance = $2, lease_ms = $3,
      since = clock_timestamp(), heartbeat_at = clock_timestamp(),
      backend = pg_backend_pid(),
      alive_epoch = CASE WHEN $4 = 'if-dead' THEN ${NEXT_EPOCH} END
    WHERE CASE $4 WHEN '${NEVER}' THEN false WHEN 'if-dead' THEN ${IS_DEAD} ELSE ($4 = 'always' OR instance IS NULL OR (epoch = $5 AND nonce = $6::uuid)
      OR heartbeat_at < clock_timestamp() - make_interval(secs => ${STALE_LEASES} * greatest(lease_ms, $3) / 1000.0)
      OR ($4 = 'if-heartbeat-missed' AND heartbeat_at < clock_timestamp() - make_interval(secs => (lease_ms + ${HEARTBEAT_SLACK_MS}) / 1000.0))) END
      AND ${MUTE}
    -- Here and not in SET, which is also evaluated for a row that somebody else then takes: the lock would stay with a
    -- session that does not lead.
    RETURNING epoch, nonce, clock_timestamp() AS at, pg_try_advisory_lock(${keyOf('epoch')})
  ), ended AS (
    -- An upsert, because an UPDATE would not see the term of somebody whom we waited for: it is
    -- younger than our snapshot.
    INSERT INTO term (epoch, instance, started_at) SELECT epoch - 1, 'unknown', at FROM taken WHERE epoch > 1
    ON CONFLICT (epoch) DO UPDATE SET ended_at = excluded.started_at, ended_by = 'take-over' WHERE term.ended_at IS NULL
  ), logged AS (
    INSERT INTO term (epoch, instance, started_at) SELECT epoch, $2, at FROM taken
  )
  SELECT epoch::float8 AS epoch, nonce::text AS nonce FROM taken`,
};

/**
 * Takes the next term; null when the condition did not hold.
 * @param own the last term of the caller: one that nobody took meanwhile is its own to renew
 */
export async function takeTerm(
  db: Queryable,
  instance: string,
  leaseMs: number,
  condition: TakeCondition,
  own: Term | null = null,
): Promise<Term | null> {
  const [row] = await saying<Term>(db, TAKE, [instance, leaseMs, condition, own?.epoch ?? null, own?.nonce ?? null]);
  return row === undefined ? null : { epoch: row.epoch, nonce: row.nonce };
}

/** Makes PostgreSQL plan the statement on this connection. Planning takes longer than taking the term. */
export async function rehearseTake(db: Queryable): Promise<void> {
  await db.query(TAKE, ['off', '', 1, NEVER, null, null]);
}

// FOR UPDATE, which waits for running advances as a take-over does: nothing happens in a term that has ended.
const RELEASE = {
  name: 'release_term',
  text: `WITH mine AS (
    SELECT epoch FROM leadership WHERE epoch = $2 AND nonce = $3::uuid FOR UPDATE
  ), released AS (
    UPDATE leadership SET instance = NULL, nonce = gen_random_uuid(), since = NULL, heartbeat_at = NULL, backend = NULL, alive_epoch = NULL
    FROM mine WHERE leadership.epoch = mine.epoch AND ${MUTE} RETURNING leadership.epoch
  ), ended AS (
    UPDATE term SET ended_at = clock_timestamp(), ended_by = 'release' FROM released WHERE term.epoch = released.epoch
  )
  SELECT FROM released`,
};

const LOCKED = {
  name: 'leader_locked',
  text: `UPDATE leadership SET alive_epoch = CASE WHEN $4 THEN epoch END, backend = ${BACKEND}
    WHERE epoch = $2 AND nonce = $3::uuid AND ${MUTE}`,
};

/**
 * Says whether the leader holds its lock, so that others wait for it.
 * @param db the session that writes its heartbeats
 */
export async function sayLocked(db: Queryable, term: Term, isLocked: boolean): Promise<void> {
  await saying(db, LOCKED, [term.epoch, term.nonce, isLocked]);
}

const UNLOCKED = {
  name: 'leader_unlocked',
  text: `SELECT pg_notify(${CHANNEL}, 'unlocked ' || $1::bigint) WHERE notify_queue_usage() < ${FULL_QUEUE}`,
};

/** Tells the leader, which lives, that it has lost its lock: it may not have noticed. */
export async function sayUnlocked(db: Queryable, epoch: number): Promise<void> {
  await db.query(UNLOCKED, [epoch]);
}

/** Lets go of the term and says so, so that a successor need not wait. */
export async function releaseTerm(db: Queryable, term: Term): Promise<void> {
  await saying(db, RELEASE, [term.epoch, term.nonce]);
}
