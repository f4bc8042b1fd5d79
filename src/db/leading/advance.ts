import type { Cause } from '../../domain/transition.ts';
import type { Queryable } from '../database.ts';
import { BATCH_CHOSEN, SETTING, UNRECORDED } from '../names.ts';
import { due, instant, notAmong, OUTSTANDING, type StageDate } from '../outstanding.ts';
import type { Term } from './term.ts';

/**
 * THE statement. It moves what is due by the database's clock, records every boundary crossed, and
 * does so only for the instance whose term is current: one autocommit statement, no BEGIN to be
 * paused in.
 *
 * In the order in which it happens:
 *  1. `term` locks the leadership row if, and only if, our term is the current one. A take-over
 *     waits for that lock; a deposed leader finds no row and moves nothing (the fence). A sweep by
 *     hand ($1 null) goes under whichever term is current.
 *  2. `starts` and `ends` lock the earliest due rows by index. Rows that somebody else holds are
 *     skipped, not waited for: one open psql transaction must not hold up ten thousand others.
 *     The caller looks again (scheduler/planner.ts), so nothing is lost. Where the starts alone fill
 *     the batch, ends beyond them cannot be in it (`reach`) and are not locked in vain.
 *  3. `crossed` is what is due, in order: the unit is the boundary, so a stage that missed both
 *     gets both rows, and a burst of many batches is recorded in order of the instants missed.
 *  4. `chosen` says that the next batch may begin (migrations/0002-side-by-side.ts). Not where more is
 *     due of the rows locked here, or will be before this statement can have ended: the next batch would skip
 *     them, and they come first.
 *  5. `moved` sets each stage to the state behind its last crossed boundary.
 *  6. `recorded` passes the gate (ids grow in commit order, and behind the batch before) and writes the
 *     history. Its time is cut to the millisecond, because rounding would put it after the fact; it is
 *     never taken from the instant, so that a row which was early would say so.
 *
 * All locks on stages are taken before the gate and never waited for, and batches wait only for earlier
 * ones. So there is no deadlock, unless the owner locks the gate's table by hand and then a stage; PostgreSQL
 * breaks that one.
 *
 * The statement may also wait for what users' triggers on these tables wait for. It gives up soon
 * (`lock_timeout`), but not at the gate, where waiting is what keeps the order.
 */
const PATIENCE = `set_config('lock_timeout', '500ms', true)`;

/** Statements of the leader are given up after this. It is longer than any healthy one takes. */
export const LEADER_TIMEOUT_MS = 5000;
/** An advance has ended by then in any case. The server may need a second to notice its time-out. */
const ENDED_WITHIN_MS = LEADER_TIMEOUT_MS + 1000;

/** Behind ($10, $11): what comes before has been moved, and scanning it again takes long (scheduler/advancer.ts). */
const beyond = (date: StageDate): string =>
  `(${date}, id) > (${instant('$10')}, coalesce($11::uuid, '00000000-0000-0000-0000-000000000000'))`;

/** Not a stage that is left out. */
const INCLUDED = notAmong('$9');

const ADVANCE = `
WITH term AS MATERIALIZED (
  SELECT epoch, clock_timestamp() AS now, set_config('${SETTING.advance}', 'on', true) AS flag, ${PATIENCE} AS patience
  FROM leadership WHERE $1::bigint IS NULL OR (epoch = $1 AND nonce = $2::uuid) LIMIT 1 FOR KEY SHARE
), starts AS MATERIALIZED (
  SELECT due.* FROM term, LATERAL (
    SELECT id, assignment_id, status, start_date, end_date FROM stage
    WHERE ${due('start_date', 'term.now')} AND ${beyond('start_date')} AND ${INCLUDED}
    ORDER BY start_date, id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
), reach AS MATERIALIZED (
  SELECT CASE WHEN count(*) = $3 THEN max(start_date) ELSE (SELECT now FROM term) END AS at FROM starts
), ends AS MATERIALIZED (
  SELECT due.* FROM reach, LATERAL (
    SELECT id, assignment_id, status, start_date, end_date FROM stage
    WHERE ${due('end_date', 'reach.at')} AND ${beyond('end_date')} AND ${INCLUDED}
    ORDER BY end_date, id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
), due AS MATERIALIZED (
  SELECT id, assignment_id, 'pending' AS from_status, 'active' AS to_status, start_date AS due_at FROM starts
  UNION ALL
  SELECT id, assignment_id, 'pending', 'active', start_date FROM ends
  WHERE ${OUTSTANDING.start_date} AND id NOT IN (SELECT id FROM starts)
  UNION ALL
  SELECT id, assignment_id, 'active', 'completed', end_date FROM ends
), crossed AS MATERIALIZED (
  SELECT * FROM due ORDER BY due_at, id, to_status LIMIT $3
), chosen AS MATERIALIZED (
  SELECT batch_chosen($7) FROM term
  WHERE $7::integer IS NOT NULL AND (SELECT count(*) FROM due) = $3
    AND NOT EXISTS (SELECT FROM starts, reach WHERE end_date > reach.at AND end_date <= term.now + interval '${ENDED_WITHIN_MS} ms')
), moved AS (
  UPDATE stage SET status = last.to_status, version = stage.version % 2147483647 + 1, updated_at = term.now
  FROM term, (SELECT count(*) FROM chosen) AS said /* before any of the update */,
    (SELECT id, max(to_status) AS to_status /* 'active' < 'completed' */ FROM crossed GROUP BY id) AS last
  WHERE stage.id = last.id
  RETURNING stage.id, stage.status = last.to_status AS is_so
), gate AS MATERIALIZED (
  -- Counted, so that all of the update comes before the gate and not its first row alone.
  SELECT set_config('lock_timeout', '0', true), batch_gate($8), ${PATIENCE} WHERE (SELECT count(*) FROM moved) > 0
), recorded AS (
  INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term, actor)
  SELECT crossed.id, assignment_id, from_status, to_status, due_at, date_trunc('milliseconds', greatest(clock_timestamp(), term.now)), $4, $5, term.epoch, $6
  FROM gate, term, crossed
  -- Not a join: without statistics the planner takes the two for a row each, and nests 2,000 loops in 2,000.
  WHERE (crossed.id IN (SELECT id FROM moved WHERE is_so)) IS TRUE
  ORDER BY due_at, crossed.id, to_status
  RETURNING to_status, due_at, occurred_at
)
SELECT (SELECT count(*) FROM term)::float8 AS fenced_in, (SELECT count(*) FROM recorded)::float8 AS moved,
  (SELECT count(*) FROM crossed)::float8 AS chosen, (SELECT extract(epoch FROM now) * 1000 FROM term)::float8 AS now,
  (SELECT json_build_array((extract(epoch FROM due_at) * 1000)::float8, id) FROM crossed
    ORDER BY due_at DESC, id DESC LIMIT 1) AS last,
  CASE WHEN (SELECT count(*) FROM recorded) < (SELECT count(*) FROM crossed) THEN
    (SELECT json_agg(DISTINCT id) FROM crossed WHERE (id IN (SELECT id FROM moved WHERE is_so)) IS NOT TRUE) END AS kept,
  -- Somebody's trigger or rule keeps rows out of the record: then nothing moves. A cast that fails is an error with words.
  CASE WHEN (SELECT count(*) FROM recorded) < (SELECT count(*) FROM crossed)
    AND (SELECT count(*) FROM recorded) < (SELECT count(*) FROM crossed WHERE (id IN (SELECT id FROM moved WHERE is_so)) IS TRUE)
    THEN (SELECT '${UNRECORDED}' || left(max(to_status), 0) FROM crossed)::integer END AS unrecorded,
  (SELECT extract(epoch FROM min(due_at)) * 1000 FROM recorded)::float8 AS first_due,
  (SELECT coalesce(json_agg(json_build_array(to_status, lateness, n)), '[]') FROM (
    SELECT to_status, (extract(epoch FROM took) * 1000)::bigint AS lateness, n
    FROM (SELECT to_status, occurred_at - due_at AS took, count(*) AS n FROM recorded GROUP BY 1, 2) AS tally ORDER BY took
  ) AS tally) AS tally`;

/** How many boundaries were crossed towards `to` at this lateness (milliseconds). */
export interface Tally {
  to: 'active' | 'completed';
  latenessMs: number;
  count: number;
}

export interface Advanced {
  /** False: the term is no longer current, and nothing was moved. */
  isCurrent: boolean;
  moved: number;
  /** The earliest instant among what was moved, epoch milliseconds; null when nothing was. */
  firstDueMs: number | null;
  /** Boundaries that were to be moved. As many as the limit: more may be due. */
  chosen: number;
  /** The last of them: everything before it has been moved, or is locked by somebody. Null: nothing was due. */
  last: BoundaryKey | null;
  /** Stages among them that somebody's trigger, rule or policy kept as they are. */
  kept: string[];
  /** The database's clock by which it judged what is due, epoch milliseconds; null if the term is not current. */
  nowMs: number | null;
  /** Ascending by lateness. */
  tally: Tally[];
}

/** Boundaries are moved in ascending order of this key. */
export interface BoundaryKey {
  /** Epoch milliseconds. */
  atMs: number;
  /** Of a stage; null: before all of this instant. */
  id: string | null;
}

interface AdvanceRow {
  fenced_in: number;
  moved: number;
  chosen: number;
  now: number | null;
  last: [number, string] | null;
  kept: string[] | null;
  first_due: number | null;
  tally: [Tally['to'], number, number][];
}

export interface AdvanceOptions {
  /** null: under whichever term is current (a sweep by hand). */
  term: Term | null;
  /** Boundaries at most; fewer chosen than this means that nothing more is due, locked rows aside. */
  limit: number;
  /** Where to begin; null: with whatever was ever due. */
  from?: BoundaryKey | null;
  /** Stages to be left out. */
  without?: readonly string[];
  cause: Exclude<Cause, 'edit'>;
  instance: string;
  /** Who asked, for a sweep by hand. */
  actor?: string | null;
  /** For a batch among others of one burst. */
  slot?: BatchSlot;
}

/** A batch's turn to write the record, kept by the table batch_slot. */
export interface BatchSlot {
  /** No other batch that could be under way has the same. */
  number: number;
  /** The one whose `onChosen` let this one begin; null: the one before has ended, or there is none. */
  before: number | null;
  /** It has a full batch of rows, and another one on another connection finds those that follow. May never come. */
  onChosen(): void;
}

/** Runs the statement once. @throws DatabaseUnavailableError */
export async function advance(db: Queryable, options: AdvanceOptions): Promise<Advanced> {
  const { term, limit, cause, instance, actor = null, slot, from = null, without = [] } = options;
  const [row] = await db.query<AdvanceRow>(
    { name: 'advance', text: ADVANCE },
    [
      term?.epoch ?? null,
      term?.nonce ?? null,
      limit,
      cause,
      instance,
      actor,
      slot?.number ?? null,
      slot?.before ?? null,
      without,
      from?.atMs ?? null,
      from?.id ?? null,
    ],
    (text) => {
      if (text === BATCH_CHOSEN) slot?.onChosen();
    },
  );
  if (row === undefined) throw new Error('The advance returned no row.');
  return {
    isCurrent: row.fenced_in === 1,
    moved: row.moved,
    firstDueMs: row.first_due,
    chosen: row.chosen,
    last: row.last === null ? null : { atMs: row.last[0], id: row.last[1] },
    kept: row.kept ?? [],
    nowMs: row.now,
    tally: row.tally.map(([to, latenessMs, count]) => ({ to, latenessMs, count })),
  };
}

/** Makes PostgreSQL plan the statements of this connection again at their next use. */
export async function forgetPlans(db: Queryable): Promise<void> {
  await db.query({ name: 'forget_plans', text: 'DISCARD PLANS' });
}
