import { LockMode, type SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { Stage } from '../db/entities/stage.ts';
import { msOf, readStage, type StageRow } from '../db/read/stages.ts';
import { besideChanges } from './beside.ts';
import { checkVersion, type Expected } from './precondition.ts';
import type { StageChanges } from './stage-changes.ts';

/**
 * Waits for whoever edits or advances the stage, then holds it until the transaction ends.
 * @throws NotFoundError, StaleVersionError
 */
export async function lockStage(em: SqlEntityManager, id: string, expected: Expected): Promise<Stage> {
  const stage = await em.findOne(Stage, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (stage === null) throw new NotFoundError('stage', id);
  checkVersion(stage.version, expected);
  return stage;
}

/**
 * The database's clock, rounded down to a millisecond: never later than now. Asked once the lock is held: an edit must
 * not judge by a moment that passed while it waited.
 */
export async function readNowMs(em: SqlEntityManager): Promise<number> {
  const [row] = await em.execute<{ now: number }[]>(`SELECT floor(${msOf('clock_timestamp()')}) AS now`);
  return row?.now ?? 0;
}

/**
 * Writes what differs, and reads back what the triggers made of it. Nothing differs: nothing is
 * written, and the version stays.
 */
export async function writeStage(em: SqlEntityManager, stage: Stage, changes: StageChanges): Promise<StageRow> {
  const { assignmentId: assignment, name, position, startMs, endMs } = changes;
  const assigned = { assignment, name, position, startMs, endMs, ...besideChanges(changes) };
  em.assign(stage, assigned, { ignoreUndefined: true });
  await em.flush();
  const written = await readStage(em, stage.id);
  if (written === null) throw new NotFoundError('stage', stage.id);
  return written;
}
