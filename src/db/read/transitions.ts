import type { Status } from '../../domain/stage.ts';
import type { Transition } from '../../domain/transition.ts';
import { type Followed, readBounded } from './bounded.ts';
import { type Reader, shownMsOf } from './stages.ts';
import { all, condition, type Span, within } from './where.ts';

const STORED = 'id, stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term, role';
const COLUMNS = `id::text AS id, stage_id AS "stageId", assignment_id AS "assignmentId",
  from_status AS "from", to_status AS "to", ${shownMsOf('due_at')} AS "dueMs", ${shownMsOf('occurred_at')} AS "occurredMs",
  cause, instance, term::float8 AS term, actor, role`;

export type ListedTransition = Followed<Transition>;

/** In the order of ids. @param where SQL @param values of its parameters */
export function readTransitionsWhere(
  em: Reader,
  where: string,
  values: readonly unknown[],
  limit: number,
): Promise<ListedTransition[]> {
  const rows = `SELECT ${STORED}, actor FROM transition WHERE ${where} ORDER BY id LIMIT ?`;
  // Plain SQL may name an actor of any length.
  const page = { rows, stored: STORED, texts: ['actor'], json: [], shown: COLUMNS, order: ['id'] };
  return readBounded(em, page, values, limit);
}

/** Which transitions are wanted; null: whichever. */
export interface TransitionQuery {
  /** An id in decimal digits. */
  after: string | null;
  stageId?: string;
  assignmentId?: string | null;
  to?: Status | null;
  occurred?: Span;
  limit: number;
}

/**
 * The record, oldest first. Ids grow in commit order (db/migrations/0001-initial/record.ts): whoever
 * remembers the last id read misses nothing by asking for what is behind it.
 */
export function readTransitions(em: Reader, query: TransitionQuery): Promise<ListedTransition[]> {
  const { after, stageId, assignmentId = null, to = null, occurred, limit } = query;
  const wanted = all([
    ...(stageId === undefined ? [] : [condition('stage_id = ?', stageId)]),
    ...(assignmentId === null ? [] : [condition('assignment_id = ?', assignmentId)]),
    ...(to === null ? [] : [condition('to_status = ?', to)]),
    ...(occurred === undefined ? [] : within('occurred_at', occurred)),
    ...(after === null ? [] : [condition('id > ?::bigint', after)]),
  ]);
  return readTransitionsWhere(em, wanted.sql, wanted.values, limit);
}
