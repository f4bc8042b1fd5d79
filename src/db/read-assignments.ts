import { instantOf, msOf, type Reader, shownMsOf } from './read-stages.ts';

/** An assignment as it is read. Instants are epoch milliseconds. */
export interface AssignmentRow {
  id: string;
  title: string;
  timeZone: string;
  version: number;
  createdMs: number;
  updatedMs: number;
}

// created_at as it is: the list goes on behind it.
const COLUMNS = `id, title, time_zone AS "timeZone", version,
  ${msOf('created_at')} AS "createdMs", ${shownMsOf('updated_at')} AS "updatedMs"`;

export async function readAssignment(em: Reader, id: string): Promise<AssignmentRow | null> {
  const [row] = await em.execute<AssignmentRow[]>(`SELECT ${COLUMNS} FROM assignment WHERE id = ?`, [id]);
  return row ?? null;
}

/** The same, held until the transaction ends: two edits of one assignment take turns. */
export async function readAssignmentForUpdate(em: Reader, id: string): Promise<AssignmentRow | null> {
  const [row] = await em.execute<AssignmentRow[]>(
    // Not FOR UPDATE: an edit of the title need not wait for an insert of a stage.
    `SELECT ${COLUMNS} FROM assignment WHERE id = ? FOR NO KEY UPDATE`,
    [id],
  );
  return row ?? null;
}

/** Oldest first, so that a page that was read stays as it was. */
export function readAssignments(
  em: Reader,
  query: { after: { createdMs: number; id: string } | null; limit: number },
): Promise<AssignmentRow[]> {
  const { after, limit } = query;
  const where = after === null ? '' : 'WHERE (created_at, id) > (?::timestamptz, ?::uuid)';
  const values = after === null ? [] : [instantOf(after.createdMs), after.id];
  return em.execute<AssignmentRow[]>(`SELECT ${COLUMNS} FROM assignment ${where} ORDER BY created_at, id LIMIT ?`, [
    ...values,
    limit,
  ]);
}
