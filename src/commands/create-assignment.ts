import { Assignment, Stage } from '../db/entities.ts';
import type { NewStage } from './add-stage.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { dateOf } from './locked-stage.ts';
import { transact, type Writer } from './transact.ts';

export interface NewAssignment {
  title: string;
  timeZone: string;
  stages: readonly NewStage[];
}

/** Creates an assignment with its stages, all or nothing. @throws ValidationError */
export function createAssignment(
  writer: Writer,
  { title, timeZone, stages }: NewAssignment,
): Promise<AssignmentWithStages> {
  return transact(writer, null, async (em) => {
    const id = await em.insert(Assignment, { title, timeZone });
    if (stages.length > 0) {
      await em.insertMany(
        Stage,
        stages.map((stage, i) => ({
          assignmentId: id,
          name: stage.name,
          position: stage.position ?? i,
          startDate: dateOf(stage.startMs),
          endDate: dateOf(stage.endMs),
        })),
      );
    }
    return readWithStages(em, id);
  });
}
