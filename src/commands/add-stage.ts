import type { SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import type { Assignment } from '../db/entities/assignment.ts';
import { Stage } from '../db/entities/stage.ts';
import { readStage, type StageRow } from '../db/read/stages.ts';
import { type BesideChanges, besideOf } from './beside.ts';
import { lockAssignment } from './locked-assignment.ts';
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
    // Held, so that two callers who add a stage at once do not take the same position.
    const assignment = await lockAssignment(em, assignmentId);
    const added = newStage(em, assignment, stage, await nextPosition(em, assignmentId));
    await em.flush();
    const read = await readStage(em, added.id);
    if (read === null) throw new NotFoundError('stage', added.id);
    return read;
  });
}

/** To be written by the next flush. @param position if the stage has none of its own */
export function newStage(em: SqlEntityManager, assignment: Assignment, stage: NewStage, position: number): Stage {
  const { name, startMs, endMs } = stage;
  return em.create(Stage, {
    assignment,
    name,
    position: Math.min(stage.position ?? position, HIGHEST_POSITION),
    startMs,
    endMs,
    ...besideOf(stage),
  });
}

/** The position behind all stages of an assignment. */
export async function nextPosition(em: SqlEntityManager, assignmentId: string): Promise<number> {
  const [last] = await em.execute<{ next: number | null }[]>(
    'SELECT least(max(position) + 1, ?) AS next FROM stage WHERE assignment_id = ?',
    [HIGHEST_POSITION, assignmentId],
  );
  return last?.next ?? 0;
}
