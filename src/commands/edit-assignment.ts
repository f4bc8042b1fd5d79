import type { SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { Assignment } from '../db/entities.ts';
import { type AssignmentRow, readAssignmentForUpdate } from '../db/read/assignments.ts';
import { checkTag } from './assignment-tag.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { type BesideChanges, differing, differingMetadata } from './beside.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** What may be edited; undefined = leave as it is. */
export interface AssignmentChanges extends BesideChanges {
  title?: string | undefined;
  timeZone?: string | undefined;
}

/** Changes its own fields. Instants are absolute: another time zone moves none. @throws NotFoundError, StaleVersionError */
export function editAssignment(
  writer: Writer,
  id: string,
  changes: AssignmentChanges,
  expected: Expected,
): Promise<AssignmentWithStages> {
  return transact(writer, id, async (em) => {
    const stored = await readAssignmentForUpdate(em, id);
    if (stored === null) throw new NotFoundError('assignment', id);
    await checkTag(em, stored, expected);
    await writeAssignment(em, stored, changes);
    return readWithStages(em, id);
  });
}

/** Writes what differs. @returns whether anything does */
export async function writeAssignment(
  em: SqlEntityManager,
  stored: AssignmentRow,
  changes: AssignmentChanges,
): Promise<boolean> {
  const difference = {
    ...differing(stored, changes, ['title', 'timeZone', 'externalId', 'description']),
    ...differingMetadata(stored, changes),
  };
  if (Object.keys(difference).length === 0) return false;
  await em.nativeUpdate(Assignment, { id: stored.id }, difference);
  return true;
}
