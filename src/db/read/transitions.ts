import type { Status } from '../../domain/stage.ts';
import type { Transition } from '../../domain/transition.ts';
import { type Reader, shownMsOf } from './stages.ts';
import { all, condition, type Span, within } from './where.ts';

export const TRANSITION_COLUMNS = `id::text AS id, stage_id AS "stageId", assignment_id AS "assignmentId",
  from_status AS "from", to_status AS "to", ${shownMsOf('due_at')} AS "dueMs", ${shownMsOf('occurred_at')} AS "occurredMs",
  cause, instance, term::float8 AS term, actor, role`;

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
export function readTransitions(em: Reader, query: TransitionQuery): Promise<Transition[]> {
  const { after, stageId, assignmentId = null, to = null, occurred, limit } = query;
  const wanted = all([
    ...(stageId === undefined ? [] : [condition('stage_id = ?', stageId)]),
    ...(assignmentId === null ? [] : [condition('assignment_id = ?', assignmentId)]),
    ...(to === null ? [] : [condition('to_status = ?', to)]),
    ...(occurred === undefined ? [] : within('occurred_at', occurred)),
    ...(after === null ? [] : [condition('id > ?::bigint', after)]),
  ]);
  // transition.id and not id, which would be the text: '10' before '9'.
  return em.execute<Transition[]>(
    `SELECT ${TRANSITION_COLUMNS} FROM transition WHERE ${wanted.sql} ORDER BY transition.id LIMIT ?`,
    [...wanted.values, limit],
  );
}
