import { msOf, type Reader } from './stages.ts';
import { all, condition } from './where.ts';

/** A calendar token as it is read. Its hash stays in the database. Instants are epoch milliseconds. */
export interface CalendarTokenRow {
  id: string;
  name: string;
  /** null: it opens the feed of all assignments. */
  assignmentId: string | null;
  createdMs: number;
  createdBy: string | null;
  lastUsedMs: number | null;
  revokedMs: number | null;
}

const COLUMNS = `id, name, assignment_id AS "assignmentId", ${msOf('created_at')} AS "createdMs", created_by AS "createdBy",
  ${msOf('last_used_at')} AS "lastUsedMs", ${msOf('revoked_at')} AS "revokedMs"`;

export async function readCalendarToken(em: Reader, id: string): Promise<CalendarTokenRow | null> {
  const [row] = await em.execute<CalendarTokenRow[]>(`SELECT ${COLUMNS} FROM calendar_token WHERE id = ?`, [id]);
  return row ?? null;
}

export interface CalendarTokenQuery {
  assignmentId: string | null;
  /** The id behind which to go on. */
  after: string | null;
  limit: number;
}

/** Oldest first, for ids are given in time order; those that were revoked, too. */
export function readCalendarTokens(em: Reader, { assignmentId, after, limit }: CalendarTokenQuery) {
  const wanted = all([
    ...(assignmentId === null ? [] : [condition('assignment_id = ?::uuid', assignmentId)]),
    ...(after === null ? [] : [condition('id > ?::uuid', after)]),
  ]);
  return em.execute<CalendarTokenRow[]>(
    `SELECT ${COLUMNS} FROM calendar_token WHERE ${wanted.sql} ORDER BY id LIMIT ?`,
    [...wanted.values, limit],
  );
}

const USED = `UPDATE calendar_token SET last_used_at = clock_timestamp() WHERE id = ? AND revoked_at IS NULL`;

/**
 * Whether the token with this hash opens the feed of this assignment (null: of all) now. It is asked for each reading,
 * on any instance, so that a revoked one opens nothing from that moment on.
 */
export async function opensCalendar(em: Reader, sha256: string, assignmentId: string | null): Promise<boolean> {
  const [found] = await em.execute<{ id: string; isNoted: boolean }[]>(
    `SELECT id, coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) AS "isNoted" FROM calendar_token
      WHERE sha256 = ? AND revoked_at IS NULL AND assignment_id IS NOT DISTINCT FROM ?::uuid`,
    [sha256, assignmentId],
  );
  if (found !== undefined && !found.isNoted) await em.execute(USED, [found.id]);
  return found !== undefined;
}
