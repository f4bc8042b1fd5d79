import type { Queryable, Statement } from './database.ts';

/** What is old enough and has been read. */
export interface Prunable {
  /** Events up to this number, in decimal digits. */
  upTo: string;
  /** The consumer that has not read everything that is old enough, so that less is deleted; null: none. */
  heldBackBy: Consumer | null;
}

/** Who reads the record. */
export interface Consumer {
  /** In record_consumer, or the id of a webhook. */
  name: string;
  isWebhook: boolean;
  readTo: string;
  seenMs: number;
}

/** How many rows. */
export interface Amount {
  transitions: number;
  changes: number;
  /** Those that were raised or resolved: each has an event for both. */
  alerts: number;
}

/** Rows per statement, so that others get in between. */
const BATCH = 5000;

const msOf = (instant: string): string => `(extract(epoch FROM ${instant}) * 1000)::float8`;

// A webhook that stands within the changes of a statement has not read all with that number.
const CONSUMER = {
  name: 'slowest_consumer',
  text: `SELECT name, "isWebhook", read_to::text AS "readTo", ${msOf('seen_at')} AS "seenMs" FROM (
    SELECT name, false AS "isWebhook", read_to, seen_at FROM record_consumer
    UNION ALL SELECT id::text, true, read_to - CASE WHEN read_n < 2147483647 THEN 1 ELSE 0 END, updated_at FROM webhook WHERE state <> 'disabled'
  ) AS consumer ORDER BY consumer.read_to LIMIT 1`,
};

// Of two clocks the one that deletes less counts.
const RANGE = {
  name: 'prunable_range',
  text: `SELECT up_to::text AS begin, record_settled()::text AS end,
    ${msOf('least(now(), to_timestamp($2::float8 / 1000)) - $1::interval')} AS "beforeMs", ${msOf('now()')} AS "nowMs" FROM record_pruned`,
};
// The time of a statement is that of its last change. A place without changes, as TRUNCATE leaves it, has no time.
const EVENTS = {
  name: 'events_to_judge',
  text: `SELECT number::text AS number, ${msOf('at')} AS "atMs" FROM (
    (SELECT id AS number, occurred_at AS at FROM transition WHERE id > $1::bigint AND id <= $2::bigint ORDER BY id LIMIT $3)
    UNION ALL (SELECT number, last.changed_at FROM change_commit AS c LEFT JOIN
      LATERAL (SELECT changed_at FROM change WHERE change.statement = c.statement ORDER BY n DESC LIMIT 1) AS last ON true
      WHERE number > $1::bigint AND number <= $2::bigint ORDER BY number LIMIT $3)
    UNION ALL (SELECT number, at FROM alert_event WHERE number > $1::bigint AND number <= $2::bigint ORDER BY number LIMIT $3)
  ) AS event ORDER BY event.number LIMIT $3`,
};
const COUNT = {
  name: 'count_prunable',
  text: `SELECT (SELECT count(*) FROM transition WHERE id <= $1::bigint)::float8 AS transitions,
    (SELECT count(*) FROM change_commit JOIN change USING (statement) WHERE number <= $1::bigint)::float8 AS changes,
    (SELECT count(*) FROM alert_event WHERE number <= $1::bigint)::float8 AS alerts`,
};

/**
 * What is older than an interval and has been read by every consumer.
 * @param olderThan as PostgreSQL reads intervals, such as `P400D`
 * @param hostMs this host's clock, which may be right where the database's is ahead
 */
export async function readPrunable(db: Queryable, olderThan: string, hostMs = Infinity): Promise<Prunable> {
  const [range] = await db.query<Range>(RANGE, [olderThan, hostMs]);
  if (range === undefined)
    throw new Error(
      'The table record_pruned has lost its row: INSERT INTO record_pruned (up_to, pruned_at) VALUES (0, now()).',
    );
  const old = BigInt(await lastOld(db, range));
  const [slowest] = await db.query<Consumer>(CONSUMER);
  const isHeldBack = slowest !== undefined && BigInt(slowest.readTo) < old;
  return { upTo: isHeldBack ? slowest.readTo : String(old), heldBackBy: isHeldBack ? slowest : null };
}

/** Counts what a prune would delete: everything up to a number. It reads all of it, which takes a while. */
export async function countPrunable(db: Queryable, upTo: string): Promise<Amount> {
  const [counted] = await db.query<Amount>(COUNT, [upTo]);
  return counted ?? { transitions: 0, changes: 0, alerts: 0 };
}

interface Range {
  begin: string;
  end: string;
  beforeMs: number;
  nowMs: number;
}

/**
 * The last number before the first young event; `begin` if there is no old one.
 *
 * A clock may have been wrong when an event was stamped. A stamp that lies in the future, or before that of an earlier
 * event, says nothing: such an event is old when a later one is. So a stamp that is too early makes nothing around it
 * old, and one that is too late keeps events at most until it is old itself.
 */
async function lastOld(db: Queryable, { begin, end, beforeMs, nowMs }: Range): Promise<string> {
  let [read, old, latestMs] = [begin, begin, -Infinity];
  for (;;) {
    const events = await db.query<{ number: string; atMs: number | null }>(EVENTS, [read, end, BATCH]);
    for (const { number, atMs } of events) {
      if (atMs === null || atMs > nowMs || atMs < latestMs) continue;
      if (atMs > beforeMs) return old;
      old = number;
      latestMs = atMs;
    }
    const last = events.at(-1);
    if (last === undefined || events.length < BATCH) return old;
    read = last.number;
  }
}

const PRUNED = {
  name: 'set_pruned',
  text: `UPDATE record_pruned SET up_to = $1::bigint, pruned_at = clock_timestamp(),
      n = coalesce((SELECT max(n) FROM change_commit JOIN change USING (statement) WHERE number = $1::bigint), 0)
    WHERE up_to < $1::bigint`,
};
const GONE = 'SELECT count(*)::float8 AS n FROM gone';
const TRANSITIONS = {
  name: 'prune_transitions',
  text: `WITH gone AS (DELETE FROM transition WHERE id IN
      (SELECT id FROM transition WHERE id <= $1::bigint ORDER BY id LIMIT $2) RETURNING 1) ${GONE}`,
};
// A place is deleted with its last change, so that readers do not meet many empty places.
const CHANGES = {
  name: 'prune_changes',
  text: `WITH gone AS (DELETE FROM change WHERE (statement, n) IN (SELECT statement, n FROM change_commit JOIN change USING (statement)
      WHERE number <= $1::bigint ORDER BY number, n LIMIT $2) RETURNING statement, n),
    emptied AS (DELETE FROM change_commit AS c USING (SELECT statement, max(n) AS n FROM gone GROUP BY statement) AS last
      WHERE c.statement = last.statement AND NOT EXISTS (SELECT FROM change WHERE change.statement = c.statement AND change.n > last.n))
    ${GONE}`,
};
const EMPTY = {
  name: 'prune_empty',
  text: `WITH gone AS (DELETE FROM change_commit WHERE number IN (SELECT number FROM change_commit AS c WHERE number <= $1::bigint
      AND NOT EXISTS (SELECT FROM change WHERE change.statement = c.statement) ORDER BY number LIMIT $2) RETURNING 1) ${GONE}`,
};

const ALERT_EVENTS = {
  name: 'prune_alert_events',
  text: `WITH gone AS (DELETE FROM alert_event WHERE number IN
      (SELECT number FROM alert_event WHERE number <= $1::bigint ORDER BY number LIMIT $2) RETURNING 1) ${GONE}`,
};
/** Those that were resolved, once neither of their events is left. */
const ALERTS = {
  name: 'prune_alerts',
  text: `WITH kept AS (SELECT (alert ->> 'id')::uuid AS id FROM alert_event WHERE number > $1::bigint),
    gone AS (DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE resolved_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM kept WHERE kept.id = alert.id) LIMIT $2) RETURNING 1) ${GONE}`,
};

/**
 * Deletes events up to a number, in short statements. First it stores where the record begins now, so that no reader
 * takes half a record for a whole one. If it is interrupted, the next call continues.
 * @param upTo decimal digits
 * @param batch rows per statement
 */
export async function prune(db: Queryable, upTo: string, batch = BATCH): Promise<Amount> {
  await db.query(PRUNED, [upTo]);
  const all = async (statement: Statement): Promise<number> => {
    let total = 0;
    for (;;) {
      const [gone] = await db.query<{ n: number }>(statement, [upTo, batch]);
      total += gone?.n ?? 0;
      if ((gone?.n ?? 0) < batch) return total;
    }
  };
  const [transitions, changes] = [await all(TRANSITIONS), await all(CHANGES)];
  await all(EMPTY);
  const alerts = await all(ALERT_EVENTS);
  await all(ALERTS);
  return { transitions, changes, alerts };
}
