import { ConflictError } from '../base/errors.ts';
import type { StageRow } from '../db/read/stages.ts';
import { statusAt } from '../domain/stage.ts';
import { lockStage, readNowMs, writeStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** More than a millisecond of round trips; a clock that stands still (a test's) is not waited for. */
const MOST_LOOKS = 100;

/**
 * Complete now: an edit of end_date to the database's now. Judged by the effective status, as in
 * activate-stage.ts.
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
    // An end must be later than its start. One that started in this very millisecond ends in the
    // next, which is waited for, so that the stage is completed when the caller hears of it.
    const earliestMs = stage.startMs + 1;
    for (let looks = 0; nowMs < earliestMs && looks < MOST_LOOKS; looks++) nowMs = await readNowMs(em);
    return writeStage(em, stage, { endMs: Math.max(nowMs, earliestMs) });
  });
}
