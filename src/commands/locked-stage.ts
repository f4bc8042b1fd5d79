import type { SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { Stage } from '../db/entities.ts';
import { msOf, readStage, STAGE_COLUMNS, STORED_COLUMNS, type StageRow } from '../db/read/stages.ts';
import { differing, differingMetadata } from './beside.ts';
import { checkVersion, type Expected } from './precondition.ts';
import type { StageChanges } from './stage-changes.ts';

/** A stage held until the transaction ends, with the time at which that was so. */
export interface LockedStage extends StageRow {
  /** The database's clock, rounded down to a millisecond: never later than now. */
  nowMs: number;
}

const NOW = `floor(${msOf('clock_timestamp()')})`;

// The outer select is evaluated once the lock is held; next to FOR UPDATE the clock would be read
// before the wait, and an edit would judge by a moment that has passed.
const LOCK = `WITH locked AS MATERIALIZED (SELECT ${STORED_COLUMNS} FROM stage WHERE id = ? FOR UPDATE)
  SELECT ${STAGE_COLUMNS}, ${NOW} AS "nowMs" FROM locked`;

/**
 * Waits for whoever edits or advances the stage, then holds it.
 * @throws NotFoundError, StaleVersionError
 */
export async function lockStage(em: SqlEntityManager, id: string, expected: Expected): Promise<LockedStage> {
  const [stage] = await em.execute<LockedStage[]>(LOCK, [id]);
  if (stage === undefined) throw new NotFoundError('stage', id);
  checkVersion(stage.version, expected);
  return stage;
}

export async function readNowMs(em: SqlEntityManager): Promise<number> {
  const [row] = await em.execute<{ now: number }[]>(`SELECT ${NOW} AS now`);
  return row?.now ?? 0;
}

/**
 * Writes what differs, and reads back what the triggers made of it. Nothing differs: nothing is
 * written, and the version stays.
 */
export async function writeStage(em: SqlEntityManager, stage: LockedStage, changes: StageChanges): Promise<StageRow> {
  const { startMs = stage.startMs, endMs = stage.endMs } = changes;
  const difference = {
    ...differing(stage, changes, ['assignmentId', 'name', 'position', 'externalId', 'description']),
    ...(startMs === stage.startMs ? {} : { startDate: dateOf(startMs) }),
    ...(endMs === stage.endMs ? {} : { endDate: dateOf(endMs) }),
    ...differingMetadata(stage, changes),
  };
  if (Object.keys(difference).length === 0) return stage;
  await em.nativeUpdate(Stage, { id: stage.id }, difference);
  const written = await readStage(em, stage.id);
  if (written === null) throw new NotFoundError('stage', stage.id);
  return written;
}

export const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
