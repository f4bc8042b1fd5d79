import { checkTag } from './assignment-tag.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { type BesideChanges, besideChanges } from './beside.ts';
import { lockAssignment } from './locked-assignment.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** What may be edited; undefined = leave as it is. */
export interface AssignmentChanges extends BesideChanges {
  title?: string | undefined;
  timeZone?: string | undefined;
}

/**
 * Changes its own fields. Instants are absolute: another time zone moves none.
 * @throws NotFoundError, StaleVersionError
 */
export function editAssignment(
  writer: Writer,
  id: string,
  changes: AssignmentChanges,
  expected: Expected,
): Promise<AssignmentWithStages> {
  return transact(writer, id, async (em) => {
    const assignment = await lockAssignment(em, id);
    await checkTag(em, assignment, expected);
    em.assign(assignment, assignedBy(changes), { ignoreUndefined: true });
    await em.flush();
    return readWithStages(em, id);
  });
}

/** For `em.assign`: what differs is then written by the next flush. */
export const assignedBy = ({ title, timeZone, ...beside }: AssignmentChanges) => ({
  title,
  timeZone,
  ...besideChanges(beside),
});
