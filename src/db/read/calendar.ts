import { msOf, type Reader, shownMsOf } from './stages.ts';

/** What a calendar shows of a stage. Instants are epoch milliseconds. */
export interface CalendarRow {
  id: string;
  name: string;
  description: string | null;
  /** Of its assignment. */
  title: string;
  timeZone: string;
  startMs: number;
  endMs: number | null;
  updatedMs: number;
}
export interface CalendarStage extends CalendarRow {
  version: number;
  createdMs: number;
}

const STORED = 'id, assignment_id, name, description, start_date, end_date, version, created_at, updated_at';
const NEAREST = 'ORDER BY abs(extract(epoch FROM start_date - clock_timestamp())), id LIMIT ?';
const shown = (from: string): string => `SELECT s.id, name, s.description, title, time_zone AS "timeZone",
    ${msOf('start_date')} AS "startMs", ${msOf('end_date')} AS "endMs", s.version,
    ${shownMsOf('s.created_at')} AS "createdMs", ${shownMsOf('s.updated_at')} AS "updatedMs"
  FROM (SELECT * FROM (${from}) AS found ${NEAREST}) AS s JOIN assignment ON assignment.id = s.assignment_id`;

const isPlanned = 'start_date IS NOT NULL AND isfinite(start_date)';
const OF_ONE = shown(`SELECT ${STORED} FROM stage WHERE assignment_id = ? AND ${isPlanned}`);
/** One short scan of the index stage_by_start for each status, from now on or back from now. */
const scan = (status: string, direction: 'ASC' | 'DESC'): string =>
  `(SELECT ${STORED} FROM stage WHERE status = '${status}' AND ${isPlanned} ORDER BY start_date ${direction} LIMIT ?)`;
const OF_ALL = shown([scan('pending', 'ASC'), scan('active', 'DESC'), scan('completed', 'DESC')].join(' UNION ALL '));

/**
 * The stages that start nearest to now, at most `limit`, in no order.
 * @param assignmentId null: of all assignments
 */
export function readCalendarStages(em: Reader, assignmentId: string | null, limit: number): Promise<CalendarStage[]> {
  return assignmentId === null
    ? em.execute<CalendarStage[]>(OF_ALL, [limit, limit, limit, limit])
    : em.execute<CalendarStage[]>(OF_ONE, [assignmentId, limit]);
}

// What is there again, under the same id, was not cancelled.
const deleted = (
  and: string,
): string => `SELECT stage_id AS id, was ->> 'name' AS name, was ->> 'description' AS description,
    coalesce(title, (SELECT was ->> 'title' FROM change AS gone WHERE gone.assignment_id = change.assignment_id
      AND gone.stage_id IS NULL AND gone.action = 'deleted' ORDER BY changed_at DESC LIMIT 1), '') AS title,
    coalesce(time_zone, 'UTC') AS "timeZone", ${msOf(`(was ->> 'start_date')::timestamptz`)} AS "startMs",
    ${msOf(`(was ->> 'end_date')::timestamptz`)} AS "endMs", ${shownMsOf('changed_at')} AS "updatedMs"
  FROM change LEFT JOIN assignment ON assignment.id = change.assignment_id
  WHERE action = 'deleted' AND stage_id IS NOT NULL AND changed_at > clock_timestamp() - interval '30 days' ${and}
    AND isfinite((was ->> 'start_date')::timestamptz)
    AND NOT EXISTS (SELECT FROM stage WHERE stage.id = change.stage_id)
  ORDER BY changed_at DESC, statement DESC, n DESC LIMIT ?`;
const DELETED_OF_ONE = deleted('AND change.assignment_id = ?');
const DELETED_OF_ALL = deleted('');

/** The stages that were deleted within the last 30 days, at most `limit`, the latest first. */
export function readCancelled(em: Reader, assignmentId: string | null, limit: number): Promise<CalendarRow[]> {
  return assignmentId === null
    ? em.execute<CalendarRow[]>(DELETED_OF_ALL, [limit])
    : em.execute<CalendarRow[]>(DELETED_OF_ONE, [assignmentId, limit]);
}
