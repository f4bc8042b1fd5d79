import { ValidationError } from '../base/errors.ts';
import type { StageRow } from '../db/read-stages.ts';
import { editInOne } from './edit-in-one.ts';
import { lockStage, type StageChanges, writeStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import { dateFaults } from './stage-dates.ts';
import { transact, type Writer } from './transact.ts';

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
    const { startMs = stage.startMs, endMs = stage.endMs } = changes;
    const given = { start: changes.startMs !== undefined, end: changes.endMs !== undefined };
    const faults = given.start || given.end ? dateFaults({ startMs, endMs }, given) : [];
    if (faults.length > 0) throw new ValidationError(faults);
    return writeStage(em, stage, changes);
  });
}
