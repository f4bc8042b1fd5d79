import type { Transition } from '../domain/transition.ts';
import { type Reader, shownMsOf } from './read-stages.ts';

export const TRANSITION_COLUMNS = `id::text AS id, stage_id AS "stageId", assignment_id AS "assignmentId",
  from_status AS "from", to_status AS "to", ${shownMsOf('due_at')} AS "dueMs", ${shownMsOf('occurred_at')} AS "occurredMs",
  cause, instance, term::float8 AS term, actor, role`;

/**
 * The record, oldest first. Ids grow in commit order (db/migrations/0001-initial/record.ts): whoever
 * remembers the last id read misses nothing by asking for what is behind it.
 * @param query.after an id in decimal digits
 */
export function readTransitions(
  em: Reader,
  query: { after: string | null; stageId?: string; limit: number },
): Promise<Transition[]> {
  const { after, stageId, limit } = query;
  const wheres = [...(stageId === undefined ? [] : ['stage_id = ?']), ...(after === null ? [] : ['id > ?::bigint'])];
  const values = [...(stageId === undefined ? [] : [stageId]), ...(after === null ? [] : [after])];
  const where = wheres.length === 0 ? '' : `WHERE ${wheres.join(' AND ')}`;
  // transition.id and not id, which would be the text: '10' before '9'.
  return em.execute<Transition[]>(
    `SELECT ${TRANSITION_COLUMNS} FROM transition ${where} ORDER BY transition.id LIMIT ?`,
    [...values, limit],
  );
}
