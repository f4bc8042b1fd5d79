import { NotFoundError } from '../base/errors.ts';
import { Assignment } from '../db/entities.ts';
import { readAssignmentForUpdate } from '../db/read/assignments.ts';
import { checkTag } from './assignment-tag.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** Deletes an assignment with its stages; their transitions stay on the record. @throws NotFoundError, StaleVersionError */
export function deleteAssignment(writer: Writer, id: string, expected: Expected): Promise<void> {
  return transact(writer, id, async (em) => {
    const stored = await readAssignmentForUpdate(em, id, true);
    if (stored === null) throw new NotFoundError('assignment', id);
    await checkTag(em, stored, expected);
    await em.nativeDelete(Assignment, { id });
  });
}
