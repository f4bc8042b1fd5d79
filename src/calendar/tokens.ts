import { NotFoundError } from '../base/errors.ts';
import { transact, type Writer } from '../commands/transact.ts';
import { CalendarTokenEntity } from '../db/entities/calendar-token.ts';
import { readAssignment } from '../db/read/assignments.ts';
import { type CalendarTokenRow, readCalendarToken } from '../db/read/calendar-tokens.ts';
import { hashOf, newToken } from './token.ts';

export interface NewCalendarToken {
  name: string;
  /** null: for the feed of all assignments. */
  assignmentId: string | null;
}

/** The token is shown once: only its hash is kept. @throws NotFoundError where there is no such assignment */
export function createCalendarToken(
  writer: Writer,
  { name, assignmentId }: NewCalendarToken,
): Promise<CalendarTokenRow & { token: string }> {
  const token = newToken();
  return transact(writer, null, async (em) => {
    if (assignmentId !== null && (await readAssignment(em, assignmentId)) === null) {
      throw new NotFoundError('assignment', assignmentId);
    }
    const createdBy = writer.actor;
    const created = em.create(CalendarTokenEntity, { name, assignmentId, sha256: hashOf(token), createdBy });
    await em.flush();
    return { ...(await known(readCalendarToken(em, created.id), created.id)), token };
  });
}

/** From now on it opens nothing. The same once more changes nothing. @throws NotFoundError */
export function revokeCalendarToken(writer: Writer, id: string): Promise<CalendarTokenRow> {
  return transact(writer, id, async (em) => {
    const revoke = 'UPDATE calendar_token SET revoked_at = clock_timestamp() WHERE id = ? AND revoked_at IS NULL';
    await em.execute(revoke, [id]);
    return known(readCalendarToken(em, id), id);
  });
}

async function known(reading: Promise<CalendarTokenRow | null>, id: string): Promise<CalendarTokenRow> {
  const row = await reading;
  if (row === null) throw new NotFoundError('calendar token', id);
  return row;
}
