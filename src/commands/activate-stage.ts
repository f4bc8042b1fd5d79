import { ConflictError } from '../base/errors.ts';
import type { StageRow } from '../db/read/stages.ts';
import { statusAt } from '../domain/stage.ts';
import { lockStage, readNowMs, writeStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/**
 * Activate now: an edit of start_date to the database's now. The effective status decides whether it may: a stage whose
 * start has passed is active, even while that transition is still under way, and its due instant must not be rewritten.
 * @throws NotFoundError, StaleVersionError, ConflictError
 */
export function activateStage(writer: Writer, id: string, expected: Expected): Promise<StageRow> {
  return transact(writer, id, async (em) => {
    const stage = await lockStage(em, id, expected);
    const nowMs = await readNowMs(em);
    const status = statusAt(stage, nowMs);
    if (status === 'active') {
      throw new ConflictError(`The stage is active already, since ${iso(stage.startMs)}.`);
    }
    if (status === 'completed') {
      throw new ConflictError(
        `The stage is completed: its end_date, ${iso(stage.endMs)}, has passed. Move end_date into the future to reopen it.`,
      );
    }
    return writeStage(em, stage, { startMs: nowMs });
  });
}

const iso = (ms: number | null): string => new Date(ms ?? 0).toISOString();
