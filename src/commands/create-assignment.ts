import type { SqlEntityManager } from '@mikro-orm/sql';
import { Assignment } from '../db/entities/assignment.ts';
import { type NewStage, newStage } from './add-stage.ts';
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
export async function insertAssignment(em: SqlEntityManager, wanted: NewAssignment): Promise<string> {
  const { title, timeZone, stages } = wanted;
  const assignment = em.create(Assignment, { title, timeZone, ...besideOf(wanted) });
  for (const [i, stage] of stages.entries()) newStage(em, assignment, stage, i);
  await em.flush();
  return assignment.id;
}
