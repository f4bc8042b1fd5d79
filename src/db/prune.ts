import type { Queryable } from './database.ts';

/** What a prune would take, or took. */
export interface Prunable {
  /** Events up to this number, in decimal digits. */
  upTo: string;
  transitions: number;
  changes: number;
  /** A consumer that has not read on yet, so that less goes than is old enough; null: none. */
  heldBackBy: { name: string; readTo: string; seenMs: number } | null;
}

/** Rows per statement: each is done within milliseconds, and others get in between. */
const BATCH = 5000;

const CONSUMER = {
  name: 'slowest_consumer',
  text: `SELECT name, read_to::text AS "readTo", (extract(epoch FROM seen_at) * 1000)::float8 AS "seenMs"
    FROM record_consumer ORDER BY read_to LIMIT 1`,
};
const RANGE = {
  name: 'prunable_range',
  text: `SELECT up_to::text AS begin, record_settled()::text AS end, (now() - $1::interval)::text AS before FROM record_pruned`,
};
// A statement's first change tells its time.
const IS_OLD = {
  name: 'is_old_event',
  text: `SELECT at < $2::timestamptz AS "isOld" FROM (
    (SELECT id AS number, occurred_at AS at FROM transition WHERE id >= $1::bigint ORDER BY id LIMIT 1)
    UNION ALL (SELECT number, (SELECT changed_at FROM change WHERE change.statement = c.statement ORDER BY n LIMIT 1)
      FROM change_commit AS c WHERE number >= $1::bigint ORDER BY number LIMIT 1)
  ) AS event ORDER BY number LIMIT 1`,
};
const COUNT = {
  name: 'count_prunable',
  text: `SELECT (SELECT count(*) FROM transition WHERE id <= $1::bigint)::float8 AS transitions,
    (SELECT count(*) FROM change_commit JOIN change USING (statement) WHERE number <= $1::bigint)::float8 AS changes`,
};

/**
 * What is older than an interval and has been read by every consumer. Times grow with the numbers, but for steps of the
 * clock, so that the place is searched for and the record is not read.
 * @param olderThan as PostgreSQL reads intervals, such as `P400D`
 */
export async function readPrunable(db: Queryable, olderThan: string): Promise<Prunable> {
  const [range] = await db.query<{ begin: string; end: string; before: string }>(RANGE, [olderThan]);
  if (range === undefined) throw new Error('The table record_pruned has lost its row.');
  const old = await lastOld(db, BigInt(range.begin), BigInt(range.end), range.before);
  const [slowest] = await db.query<{ name: string; readTo: string; seenMs: number }>(CONSUMER);
  const isHeldBack = slowest !== undefined && BigInt(slowest.readTo) < old;
  const upTo = isHeldBack ? slowest.readTo : String(old);
  const [counted] = await db.query<{ transitions: number; changes: number }>(COUNT, [upTo]);
  return { upTo, transitions: 0, changes: 0, ...counted, heldBackBy: isHeldBack ? slowest : null };
}

/** The largest number, above `begin`, of which everything up to it is old; `begin` where nothing is. */
async function lastOld(db: Queryable, begin: bigint, end: bigint, before: string): Promise<bigint> {
  let [old, young] = [begin, end + 1n];
  while (young - old > 1n) {
    const middle = (old + young) / 2n;
    const [event] = await db.query<{ isOld: boolean }>(IS_OLD, [String(middle), before]);
    if (event?.isOld === true) old = middle;
    else young = middle;
  }
  return old;
}

const PRUNED = {
  name: 'set_pruned',
  text: 'UPDATE record_pruned SET up_to = greatest(up_to, $1::bigint), pruned_at = clock_timestamp()',
};
const DELETES = [
  'DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE id <= $1::bigint ORDER BY id LIMIT $2)',
  `DELETE FROM change WHERE (statement, n) IN (SELECT statement, n FROM change_commit JOIN change USING (statement)
    WHERE number <= $1::bigint ORDER BY number LIMIT $2)`,
  'DELETE FROM change_commit WHERE number IN (SELECT number FROM change_commit WHERE number <= $1::bigint ORDER BY number LIMIT $2)',
].map((text, i) => ({
  name: `prune_${i}`,
  text: `WITH gone AS (${text} RETURNING 1) SELECT count(*)::float8 AS n FROM gone`,
}));

/**
 * Deletes events up to a number, in short statements. Readers are told first where the record begins now, so that
 * nobody takes half a record for a whole one; broken off, it goes on at the next call.
 * @param upTo decimal digits
 */
export async function prune(db: Queryable, upTo: string): Promise<void> {
  await db.query(PRUNED, [upTo]);
  for (const statement of DELETES) {
    for (;;) {
      const [gone] = await db.query<{ n: number }>(statement, [upTo, BATCH]);
      if ((gone?.n ?? 0) < BATCH) break;
    }
  }
}
