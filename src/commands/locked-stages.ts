import type { SqlEntityManager } from '@mikro-orm/sql';
import { arrayOf, STAGE_COLUMNS, STORED_COLUMNS, type StageRow } from '../db/read/stages.ts';
import type { Condition } from '../db/read/where.ts';
import { type StageChanges, WRITTEN } from './stage-changes.ts';

/**
 * Locks many stages until the transaction ends, in the order of their ids, so that no two callers wait for each other.
 */
export async function lockStages(em: SqlEntityManager, which: Condition): Promise<Map<string, StageRow>> {
  const rows = await em.execute<StageRow[]>(
    `WITH locked AS MATERIALIZED (SELECT ${STORED_COLUMNS} FROM stage WHERE ${which.sql} ORDER BY id FOR UPDATE)
    SELECT ${STAGE_COLUMNS} FROM locked`,
    [...which.values],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** An edit of a locked stage. */
export interface LockedEdit {
  stage: StageRow;
  changes: StageChanges;
}

/**
 * Writes what differs, in one statement by hand: 500 edits in a unit of work take eight times the processor time, and
 * more than twice as long.
 * @returns the ids of those that were changed
 */
export async function writeStages(em: SqlEntityManager, edits: readonly LockedEdit[]): Promise<Set<string>> {
  const isFreed = await freeExternalIds(em, edits);
  const written = WRITTEN.filter(
    ({ column, pick }) =>
      (isFreed && column === 'external_id') || edits.some(({ changes }) => pick(changes) !== undefined),
  );
  if (written.length === 0) return new Set();
  const rows = edits.map(({ stage, changes }) => ({
    id: stage.id,
    ...Object.fromEntries(
      written.map(({ column, pick }) => [column, pick(changes) === undefined ? pick(stage) : pick(changes)]),
    ),
  }));
  const columns = written.map(({ column }) => column);
  const values = written.map(({ column, type }) => `edit.${column}::${type}`);
  const changed = await em.execute<{ id: string }[]>(
    `UPDATE stage SET ${columns.map((column, i) => `${column} = ${values[i]}`).join(', ')}
    FROM jsonb_to_recordset(?::jsonb) AS edit (id uuid, ${columns.map((column) => `${column} text`).join(', ')})
    WHERE stage.id = edit.id AND ROW(${columns.map((column) => `stage.${column}`)}) IS DISTINCT FROM ROW(${values})
    RETURNING stage.id`,
    [JSON.stringify(rows)],
  );
  return new Set(changed.map(({ id }) => id));
}

/**
 * PostgreSQL checks a unique index row by row. So if a stage takes over the external id of another, that one gives it
 * up first, which is a change of its own on the record.
 * @returns whether there is such a stage
 */
async function freeExternalIds(em: SqlEntityManager, edits: readonly LockedEdit[]): Promise<boolean> {
  const moves = edits.flatMap(({ stage, changes }) => {
    const { assignmentId = stage.assignmentId, externalId = stage.externalId } = changes;
    const [from, to] = [placeOf(stage), placeOf({ assignmentId, externalId })];
    return from === to ? [] : [{ id: stage.id, from, to }];
  });
  const taken = new Set(moves.map(({ to }) => to));
  const givers = moves.filter(({ from }) => from !== null && taken.has(from)).map(({ id }) => id);
  if (givers.length === 0) return false;
  await em.execute('UPDATE stage SET external_id = NULL WHERE id = ANY (?::uuid[])', [arrayOf(givers)]);
  return true;
}

/** As in the unique index: an external id is unique within its assignment. */
const placeOf = ({ assignmentId, externalId }: Pick<StageRow, 'assignmentId' | 'externalId'>): string | null =>
  externalId === null ? null : `${assignmentId} ${externalId}`;
