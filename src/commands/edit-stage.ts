import type { SqlEntityManager } from '@mikro-orm/sql';
import { type Fault, ValidationError } from '../base/errors.ts';
import { readKnownAssignments } from '../db/read/assignments.ts';
import type { StageRow } from '../db/read/stages.ts';
import { editInOne } from './edit-in-one.ts';
import { lockStage, writeStage } from './locked-stage.ts';
import { checkVersion, type Expected } from './precondition.ts';
import type { StageChanges } from './stage-changes.ts';
import { changedDateFaults } from './stage-dates.ts';
import { transact, type Writer } from './transact.ts';

export const NO_SUCH_ASSIGNMENT = 'there is no assignment with this id';

/**
 * Changes a stage. The dates must fit together as they will be: the stored ones, overridden by those that are given.
 * @throws NotFoundError, StaleVersionError, ValidationError
 */
export async function editStage(
  writer: Writer,
  id: string,
  changes: StageChanges,
  expected: Expected,
): Promise<StageRow> {
  const stage = isOneStatement(changes) ? await editInOne(writer, id, changes, expected) : null;
  // Somebody holds it, or it is not there.
  if (stage === null) return editInTurn(writer, id, changes, expected);
  if (!stage.isEdited) {
    checkVersion(stage.version, expected);
    refuse(changedDateFaults(stage, changes));
  }
  return stage;
}

/** A move to another assignment takes more, because that has to exist. */
const isOneStatement = ({ assignmentId, ...others }: StageChanges): boolean =>
  assignmentId === undefined && Object.values(others).some((value) => value !== undefined);

/** In a transaction, which waits for the row. */
function editInTurn(writer: Writer, id: string, changes: StageChanges, expected: Expected): Promise<StageRow> {
  return transact(writer, id, async (em) => {
    const stage = await lockStage(em, id, expected);
    refuse([...changedDateFaults(stage, changes), ...(await assignmentFaults(em, changes))]);
    return writeStage(em, stage, changes);
  });
}

async function assignmentFaults(em: SqlEntityManager, { assignmentId }: StageChanges): Promise<Fault[]> {
  if (assignmentId === undefined || (await readKnownAssignments(em, [assignmentId])).has(assignmentId)) return [];
  return [{ pointer: '/assignment_id', detail: NO_SUCH_ASSIGNMENT }];
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ValidationError([...faults]);
}
