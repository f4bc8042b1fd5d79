import { ValidationError } from '../base/errors.ts';
import { readKnownAssignments } from '../db/read/assignments.ts';
import type { StageRow } from '../db/read/stages.ts';
import { editInOne } from './edit-in-one.ts';
import { lockStage, writeStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import type { StageChanges } from './stage-changes.ts';
import { changedDateFaults } from './stage-dates.ts';
import { transact, type Writer } from './transact.ts';

export const NO_SUCH_ASSIGNMENT = 'there is no assignment with this id';

/**
 * Changes a stage. The two dates are judged as they will be: what was given, over what is stored.
 * @throws NotFoundError, StaleVersionError, ValidationError
 */
export async function editStage(
  writer: Writer,
  id: string,
  changes: StageChanges,
  expected: Expected,
): Promise<StageRow> {
  return (await editInOne(writer, id, changes, expected)) ?? editStepByStep(writer, id, changes, expected);
}

function editStepByStep(writer: Writer, id: string, changes: StageChanges, expected: Expected): Promise<StageRow> {
  return transact(writer, id, async (em) => {
    const stage = await lockStage(em, id, expected);
    const faults = changedDateFaults(stage, changes);
    if (changes.assignmentId !== undefined) {
      const known = await readKnownAssignments(em, [changes.assignmentId]);
      if (!known.has(changes.assignmentId)) faults.push({ pointer: '/assignment_id', detail: NO_SUCH_ASSIGNMENT });
    }
    if (faults.length > 0) throw new ValidationError(faults);
    return writeStage(em, stage, changes);
  });
}
