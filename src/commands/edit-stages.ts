import type { SqlEntityManager } from '@mikro-orm/sql';
import { type Fault, FaultsError } from '../base/errors.ts';
import { readKnownAssignments } from '../db/read/assignments.ts';
import { arrayOf, readStagesById, type StageRow } from '../db/read/stages.ts';
import { condition } from '../db/read/where.ts';
import { NO_SUCH_ASSIGNMENT } from './edit-stage.ts';
import { lockStages, writeStages } from './locked-stages.ts';
import { type Expected, isExpected } from './precondition.ts';
import type { StageChanges } from './stage-changes.ts';
import { changedDateFaults } from './stage-dates.ts';
import { rehearse, transact, type Writer } from './transact.ts';

/** One of many edits, each of another stage. */
export interface StageEdit {
  id: string;
  expected: Expected;
  changes: StageChanges;
}

/** A stage before and after its edit. */
export interface EditedStage {
  before: StageRow;
  after: StageRow;
}

/**
 * Changes many stages, all or none, in a few statements.
 * @param isRehearsal do it and roll it back
 * @returns in the order of the edits
 * @throws FaultsError, ConflictError
 */
export function editStages(writer: Writer, edits: readonly StageEdit[], isRehearsal: boolean): Promise<EditedStage[]> {
  return (isRehearsal ? rehearse : transact)(writer, null, async (em) => {
    const ids = edits.map(({ id }) => id);
    const stored = await lockStages(em, condition('id = ANY (?::uuid[])', arrayOf(ids)));
    await checkEdits(em, edits, stored);
    const locked = edits.map(({ id, changes }) => ({ stage: stored.get(id) as StageRow, changes }));
    await writeStages(em, locked);
    const written = await readStagesById(em, ids);
    return locked.map(({ stage }) => ({ before: stage, after: written.get(stage.id) ?? stage }));
  });
}

/** More than anybody reads. */
const MOST_TOLD = 100;

/**
 * All faults, each with its pointer. Missing stages decide the status of the answer before stale ones, and these before
 * the rest.
 */
async function checkEdits(
  em: SqlEntityManager,
  edits: readonly StageEdit[],
  stored: ReadonlyMap<string, StageRow>,
): Promise<void> {
  const goals = edits.flatMap(({ changes: { assignmentId } }) => (assignmentId === undefined ? [] : [assignmentId]));
  const assignments = goals.length === 0 ? new Set() : await readKnownAssignments(em, [...new Set(goals)]);
  const faults: Fault[] = [];
  const found = { missing: false, stale: false };
  for (const [i, { id, expected, changes }] of edits.entries()) {
    const add = (pointer: string, detail: string) => faults.push({ pointer: `/edits/${i}${pointer}`, detail });
    const stage = stored.get(id);
    if (stage === undefined) {
      found.missing = true;
      add('/id', 'there is no stage with this id');
      continue;
    }
    if (!isExpected(stage.version, expected)) {
      found.stale = true;
      add('/if_match', `is stale: the version of the stage is "${stage.version}" now`);
    }
    for (const { pointer, detail } of changedDateFaults(stage, changes)) add(pointer, detail);
    const { assignmentId } = changes;
    if (assignmentId !== undefined && !assignments.has(assignmentId)) add('/assignment_id', NO_SUCH_ASSIGNMENT);
  }
  if (faults.length === 0) return;
  const told = faults.slice(0, MOST_TOLD);
  if (found.missing) throw new FaultsError('not_found', 404, told, faults.length);
  if (found.stale) throw new FaultsError('stale_version', 412, told, faults.length);
  throw new FaultsError('validation_failed', 422, told, faults.length);
}
