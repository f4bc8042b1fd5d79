import { LockMode, type SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { Assignment } from '../db/entities/assignment.ts';

/** Held until the transaction ends: two edits of one assignment take turns. @throws NotFoundError */
export async function lockAssignment(em: SqlEntityManager, id: string): Promise<Assignment> {
  const assignment = await lockOne(em, 'id', id);
  if (assignment === null) throw new NotFoundError('assignment', id);
  return assignment;
}

/** The same by its external id. */
export function lockAssignmentByExternalId(em: SqlEntityManager, externalId: string): Promise<Assignment | null> {
  return lockOne(em, 'external_id', externalId);
}

/** The same, and nobody may add a stage meanwhile. @throws NotFoundError */
export async function lockAssignmentToGo(em: SqlEntityManager, id: string): Promise<Assignment> {
  const assignment = await em.findOne(Assignment, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (assignment === null) throw new NotFoundError('assignment', id);
  return assignment;
}

/**
 * MikroORM has no name for this lock, and its PESSIMISTIC_WRITE waits for everybody who adds a stage. The row is read
 * only once it is locked.
 */
async function lockOne(em: SqlEntityManager, column: 'id' | 'external_id', value: string): Promise<Assignment | null> {
  const lock = `SELECT id FROM assignment WHERE ${column} = ? FOR NO KEY UPDATE`;
  const [held] = await em.execute<{ id: string }[]>(lock, [value]);
  return held === undefined ? null : em.findOne(Assignment, held.id, { refresh: true });
}
