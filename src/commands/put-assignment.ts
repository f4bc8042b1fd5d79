import type { SqlEntityManager } from '@mikro-orm/sql';
import { ConflictError, type Fault, StaleVersionError, ValidationError } from '../base/errors.ts';
import type { Assignment } from '../db/entities/assignment.ts';
import { Stage } from '../db/entities/stage.ts';
import { constraintOf } from '../db/faults.ts';
import type { StageRow } from '../db/read/stages.ts';
import { condition } from '../db/read/where.ts';
import { type NewStage, newStage, nextPosition } from './add-stage.ts';
import { checkTag } from './assignment-tag.ts';
import { type AssignmentWithStages, readWithStages } from './assignment-with-stages.ts';
import { insertAssignment } from './create-assignment.ts';
import { type AssignmentChanges, assignedBy } from './edit-assignment.ts';
import { lockAssignmentByExternalId } from './locked-assignment.ts';
import { lockStages, writeStages } from './locked-stages.ts';
import type { Expected } from './precondition.ts';
import { ASSIGNMENT_BY_EXTERNAL_ID } from './refusals.ts';
import type { StageChanges } from './stage-changes.ts';
import { changedDateFaults } from './stage-dates.ts';
import { transact, type Writer } from './transact.ts';

export interface WantedStage extends StageChanges {
  externalId: string;
  name: string;
}

/** What an assignment is to become. undefined: as it is, or the default in a new one. */
export interface WantedAssignment extends AssignmentChanges {
  externalId: string;
  title: string;
  /** Each with an external id that no other one here has. */
  stages: readonly WantedStage[];
  /** Only edit it, and do not create it. */
  mustExist: boolean;
  /** Delete stages whose external id is none of these. Those without one always stay. */
  deletesMissing: boolean;
}

/** What was done. Stages by their ids. */
export interface PutChanges {
  assignment: 'created' | 'edited' | 'unchanged';
  stages: { created: string[]; edited: string[]; deleted: string[]; unchanged: number };
}

export interface Put {
  assignment: AssignmentWithStages;
  changes: PutChanges;
}

const TRIES = 3;

/**
 * Creates the assignment with this external id, or brings it to that state. Repeating it changes nothing.
 * @throws ValidationError, StaleVersionError, ConflictError
 */
export async function putAssignment(writer: Writer, wanted: WantedAssignment, expected: Expected): Promise<Put> {
  for (let tried = 1; ; tried++) {
    try {
      // Two such requests on one instance take turns.
      return await transact(writer, `external ${wanted.externalId}`, (em) => put(em, wanted, expected));
    } catch (error) {
      // Another instance has just created it, so now there is one to edit.
      if (!isTaken(error) || tried >= TRIES) throw error;
    }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof ConflictError && constraintOf(error) === ASSIGNMENT_BY_EXTERNAL_ID;

async function put(em: SqlEntityManager, wanted: WantedAssignment, expected: Expected): Promise<Put> {
  const stored = (await lockAssignmentByExternalId(em, wanted.externalId)) ?? (await lockInTurn(em, wanted.externalId));
  if (stored === null) return create(em, wanted);
  await checkTag(em, stored, expected);
  return edit(em, stored, wanted);
}

/** Keeps our advisory locks apart from other people's. */
const LOCK_CLASS = 1937006952;

/**
 * Looks once more when nobody else is creating it. The unique index alone is not enough: after an upgrade it is built
 * while the service runs, and two assignments with one external id would prevent that for ever.
 */
async function lockInTurn(em: SqlEntityManager, externalId: string): ReturnType<typeof lockAssignmentByExternalId> {
  await em.execute('SELECT pg_advisory_xact_lock(?, hashtext(?))', [LOCK_CLASS, externalId]);
  return lockAssignmentByExternalId(em, externalId);
}

async function create(em: SqlEntityManager, wanted: WantedAssignment): Promise<Put> {
  if (wanted.mustExist) throw new StaleVersionError(null);
  const faults = wanted.stages.flatMap((stage, i) => dateFaultsOf(i, NO_DATES, stage));
  if (faults.length > 0) throw new ValidationError(faults);
  const { timeZone = 'UTC' } = wanted;
  const id = await insertAssignment(em, { ...wanted, timeZone, stages: wanted.stages.map(asNew) });
  const assignment = await readWithStages(em, id);
  const created = assignment.stages.map((stage) => stage.id);
  return { assignment, changes: { assignment: 'created', stages: { created, edited: [], deleted: [], unchanged: 0 } } };
}

async function edit(em: SqlEntityManager, stored: Assignment, wanted: WantedAssignment): Promise<Put> {
  const stages = await lockNamed(em, stored.id, wanted);
  const known = wanted.stages.map((changes, i) => ({ i, changes, stage: stages.get(changes.externalId) ?? null }));
  const faults = known.flatMap(({ i, stage, changes }) => dateFaultsOf(i, stage ?? NO_DATES, changes));
  if (faults.length > 0) throw new ValidationError(faults);

  const { version } = stored;
  em.assign(stored, assignedBy(wanted), { ignoreUndefined: true });
  await em.flush();
  for (const { externalId } of wanted.stages) stages.delete(externalId);
  const deleted = wanted.deletesMissing ? [...stages.values()].map(({ id }) => id) : [];
  if (deleted.length > 0) await em.nativeDelete(Stage, { id: { $in: deleted } });
  const edits = known.flatMap(({ stage, changes }) => (stage === null ? [] : [{ stage, changes }]));
  const edited = await writeStages(em, edits);
  const missing = known.flatMap(({ stage, changes }) => (stage === null ? [asNew(changes)] : []));
  const created = await addStages(em, stored, missing);
  const assignment = await readWithStages(em, stored.id);
  return {
    assignment,
    changes: {
      assignment: assignment.version === version ? 'unchanged' : 'edited',
      stages: { created, edited: [...edited], deleted, unchanged: edits.length - edited.size },
    },
  };
}

/** The stages named here, by their external ids. If others are to be deleted, those too. */
async function lockNamed(em: SqlEntityManager, assignmentId: string, wanted: WantedAssignment) {
  const { deletesMissing, stages } = wanted;
  const ids = JSON.stringify(stages.map(({ externalId }) => externalId));
  const which = deletesMissing
    ? condition('assignment_id = ? AND external_id IS NOT NULL', assignmentId)
    : condition(
        'assignment_id = ? AND external_id IN (SELECT jsonb_array_elements_text(?::jsonb))',
        ...[assignmentId, ids],
      );
  const locked = await lockStages(em, which);
  return new Map<string, StageRow>([...locked.values()].map((stage) => [stage.externalId ?? '', stage]));
}

/** @returns their ids */
async function addStages(em: SqlEntityManager, to: Assignment, stages: readonly NewStage[]): Promise<string[]> {
  if (stages.length === 0) return [];
  const next = await nextPosition(em, to.id);
  const added = stages.map((stage, i) => newStage(em, to, stage, next + i));
  await em.flush();
  return added.map(({ id }) => id);
}

const NO_DATES = { startMs: null, endMs: null };
const asNew = (stage: WantedStage): NewStage => ({
  ...stage,
  startMs: stage.startMs ?? null,
  endMs: stage.endMs ?? null,
});

const dateFaultsOf = (
  i: number,
  stored: { startMs: number | null; endMs: number | null },
  stage: WantedStage,
): Fault[] =>
  changedDateFaults(stored, stage).map(({ pointer, detail }) => ({ pointer: `/stages/${i}${pointer}`, detail }));
