import type { SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { Stage } from '../db/entities.ts';
import { readAssignmentForUpdate } from '../db/read/assignments.ts';
import { readStage, type StageRow } from '../db/read/stages.ts';
import { type BesideChanges, besideOf } from './beside.ts';
import { dateOf } from './locked-stage.ts';
import { transact, type Writer } from './transact.ts';

export interface NewStage extends BesideChanges {
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
    const id = await em.insert(Stage, rowOf(assignmentId, stage, await nextPosition(em, assignmentId)));
    const added = await readStage(em, id);
    if (added === null) throw new NotFoundError('stage', id);
    return added;
  });
}

/** @param position where the stage says none */
export function rowOf(assignmentId: string, stage: NewStage, position: number) {
  return {
    assignmentId,
    name: stage.name,
    position: Math.min(stage.position ?? position, HIGHEST_POSITION),
    startDate: dateOf(stage.startMs),
    endDate: dateOf(stage.endMs),
    ...besideOf(stage),
  };
}

/** Behind all stages that an assignment has. */
export async function nextPosition(em: SqlEntityManager, assignmentId: string): Promise<number> {
  const [last] = await em.execute<{ next: number | null }[]>(
    'SELECT least(max(position) + 1, ?) AS next FROM stage WHERE assignment_id = ?',
    [HIGHEST_POSITION, assignmentId],
  );
  return last?.next ?? 0;
}
