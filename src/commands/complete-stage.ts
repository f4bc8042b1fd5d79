import { ConflictError } from '../base/errors.ts';
import type { StageRow } from '../db/read/stages.ts';
import { statusAt } from '../domain/stage.ts';
import { lockStage, readNowMs, writeStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** So many round trips take more than a millisecond. A test's clock may stand still, and is not waited for. */
const MOST_LOOKS = 100;

/**
 * Complete now: an edit of end_date to the database's now. The effective status decides, as in activate-stage.ts.
 * @throws NotFoundError, StaleVersionError, ConflictError
 */
export function completeStage(writer: Writer, id: string, expected: Expected): Promise<StageRow> {
  return transact(writer, id, async (em) => {
    const stage = await lockStage(em, id, expected);
    let nowMs = await readNowMs(em);
    const status = statusAt(stage, nowMs);
    if (status === 'pending' || stage.startMs === null) {
      throw new ConflictError('The stage is pending: only an active stage can be completed. Activate it first.');
    }
    if (status === 'completed') {
      throw new ConflictError(`The stage is completed already, since ${new Date(stage.endMs ?? 0).toISOString()}.`);
    }
    // An end must be later than its start. If the stage started in this very millisecond, wait for the next one, so
    // that it is completed when the caller is answered.
    const earliestMs = stage.startMs + 1;
    for (let looks = 0; nowMs < earliestMs && looks < MOST_LOOKS; looks++) nowMs = await readNowMs(em);
    return writeStage(em, stage, { endMs: Math.max(nowMs, earliestMs) });
  });
}
