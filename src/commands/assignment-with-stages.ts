import { NotFoundError } from '../base/errors.ts';
import { type AssignmentRow, readAssignment } from '../db/read/assignments.ts';
import { type Reader, readStagesOf, type StageRow } from '../db/read/stages.ts';

export interface AssignmentWithStages extends AssignmentRow {
  /** In their own order. */
  stages: StageRow[];
  /** There are more, which only the list of stages shows. */
  isTruncated: boolean;
}

/** Any writer may add stages (G4), even a million of them. No answer shows more than this. */
export const MOST_STAGES = 1000;

/** @throws NotFoundError */
export async function readWithStages(em: Reader, id: string): Promise<AssignmentWithStages> {
  const assignment = await readAssignment(em, id);
  if (assignment === null) throw new NotFoundError('assignment', id);
  const stages = await readStagesOf(em, id, MOST_STAGES + 1);
  return { ...assignment, stages: stages.slice(0, MOST_STAGES), isTruncated: stages.length > MOST_STAGES };
}
