import type { SqlEntityManager } from '@mikro-orm/sql';
import { Assignment, Stage } from '../db/entities.ts';
import { type NewStage, rowOf } from './add-stage.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { type BesideChanges, besideOf } from './beside.ts';
import { transact, type Writer } from './transact.ts';

export interface NewAssignment extends BesideChanges {
  title: string;
  timeZone: string;
  stages: readonly NewStage[];
}

/** Creates an assignment with its stages, all or nothing. @throws ValidationError, ConflictError */
export function createAssignment(writer: Writer, assignment: NewAssignment): Promise<AssignmentWithStages> {
  return transact(writer, null, async (em) => readWithStages(em, await insertAssignment(em, assignment)));
}

/** @returns its id */
export async function insertAssignment(em: SqlEntityManager, assignment: NewAssignment): Promise<string> {
  const { title, timeZone, stages } = assignment;
  const id = await em.insert(Assignment, { title, timeZone, ...besideOf(assignment) });
  if (stages.length > 0)
    await em.insertMany(
      Stage,
      stages.map((stage, i) => rowOf(id, stage, i)),
    );
  return id;
}
