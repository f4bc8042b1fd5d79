import { NotFoundError } from '../base/errors.ts';
import { Stage } from '../db/entities.ts';
import { readAssignmentForUpdate } from '../db/read-assignments.ts';
import { readStage, type StageRow } from '../db/read-stages.ts';
import { dateOf } from './locked-stage.ts';
import { transact, type Writer } from './transact.ts';

export interface NewStage {
  name: string;
  /** undefined: behind the others. */
  position?: number | undefined;
  startMs: number | null;
  endMs: number | null;
}

export const HIGHEST_POSITION = 1_000_000;

/** Adds a stage to an assignment. @throws NotFoundError, ValidationError */
export function addStage(writer: Writer, assignmentId: string, stage: NewStage): Promise<StageRow> {
  return transact(writer, assignmentId, async (em) => {
    // Held, so that two who add at once do not both take the last position.
    if ((await readAssignmentForUpdate(em, assignmentId)) === null) throw new NotFoundError('assignment', assignmentId);
    const [last] = await em.execute<{ next: number }[]>(
      'SELECT least(max(position) + 1, ?) AS next FROM stage WHERE assignment_id = ?',
      [HIGHEST_POSITION, assignmentId],
    );
    const id = await em.insert(Stage, {
      assignmentId,
      name: stage.name,
      position: stage.position ?? last?.next ?? 0,
      startDate: dateOf(stage.startMs),
      endDate: dateOf(stage.endMs),
    });
    const added = await readStage(em, id);
    if (added === null) throw new NotFoundError('stage', id);
    return added;
  });
}
