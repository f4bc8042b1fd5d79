import { checkTag } from './assignment-tag.ts';
import { lockAssignmentToGo } from './locked-assignment.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/**
 * Deletes an assignment with its stages; their transitions stay on the record.
 * @throws NotFoundError, StaleVersionError
 */
export function deleteAssignment(writer: Writer, id: string, expected: Expected): Promise<void> {
  return transact(writer, id, async (em) => {
    const assignment = await lockAssignmentToGo(em, id);
    await checkTag(em, assignment, expected);
    em.remove(assignment);
  });
}
