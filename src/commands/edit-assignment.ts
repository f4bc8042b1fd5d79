import { NotFoundError } from '../base/errors.ts';
import { Assignment } from '../db/entities.ts';
import { readAssignmentForUpdate } from '../db/read-assignments.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { checkVersion, type Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** What may be edited; undefined = leave as it is. */
export interface AssignmentChanges {
  title?: string | undefined;
  timeZone?: string | undefined;
}

/** Renames or re-zones. Instants are absolute: another time zone moves none. @throws NotFoundError, StaleVersionError */
export function editAssignment(
  writer: Writer,
  id: string,
  changes: AssignmentChanges,
  expected: Expected,
): Promise<AssignmentWithStages> {
  return transact(writer, id, async (em) => {
    const stored = await readAssignmentForUpdate(em, id);
    if (stored === null) throw new NotFoundError('assignment', id);
    checkVersion(stored.version, expected);
    const { title = stored.title, timeZone = stored.timeZone } = changes;
    if (title !== stored.title || timeZone !== stored.timeZone) {
      await em.nativeUpdate(Assignment, { id }, { title, timeZone });
    }
    return readWithStages(em, id);
  });
}
