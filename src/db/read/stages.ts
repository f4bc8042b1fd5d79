import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Status } from '../../domain/stage.ts';
import type { Queryable } from '../database.ts';
import type { Metadata } from '../entities/metadata.ts';

/**
 * What can be asked outside and inside a transaction alike: SQL by hand, plain rows. Read as MikroORM's entities, one
 * stage takes five times the processor time, and a page of fifty assignments four times.
 */
export type Reader = Pick<SqlEntityManager, 'execute'>;

/** What integrators keep beside a row: their own id of it, and what they say of it. */
export interface Beside {
  externalId: string | null;
  description: string | null;
  metadata: Metadata;
}

/** A stage as it is read. Instants are epoch milliseconds: drivers differ in how they parse the rest. */
export interface StageRow extends Beside {
  id: string;
  assignmentId: string;
  name: string;
  position: number;
  startMs: number | null;
  endMs: number | null;
  /** The recorded status. */
  status: Status;
  /** What the dates say at the read, by the database's clock. */
  effectiveStatus: Status;
  version: number;
  createdMs: number;
  updatedMs: number;
}

export const msOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Ids, or statuses, as one parameter. */
export const arrayOf = (words: readonly string[]): string => `{${words.join(',')}}`;

/** A time that only triggers write: what got into the table all the same ('infinity', the year 1 BC) is shown as the nearest that can be. */
export const shownMsOf = (column: string): string =>
  msOf(`least(greatest(${column}, '1970-01-01Z'), '2199-12-31 23:59:59.999Z')`);

/** What is read of a stage. Named one by one, because users add columns of any type and name. */
export const STORED_COLUMNS =
  'id, assignment_id, name, position, start_date, end_date, status, version, created_at, updated_at, external_id, description, metadata';

export const BESIDE = `external_id AS "externalId", description, coalesce(metadata, '{}') AS metadata`;

export const STAGE_COLUMNS = `id, assignment_id AS "assignmentId", name, position,
  ${msOf('start_date')} AS "startMs", ${msOf('end_date')} AS "endMs", status,
  stage_status(start_date, end_date, clock_timestamp()) AS "effectiveStatus", version,
  ${shownMsOf('created_at')} AS "createdMs", ${shownMsOf('updated_at')} AS "updatedMs", ${BESIDE}`;

const stageBy = (parameter: '$1' | '?'): string => `SELECT ${STAGE_COLUMNS} FROM stage WHERE id = ${parameter}`;
const FIND = { name: 'find_stage', text: stageBy('$1') };

/** Prepared, because it is asked most often. As an entity, GET answers a third of the requests a second. */
export async function findStage(db: Queryable, id: string): Promise<StageRow | null> {
  const [row] = await db.query<StageRow>(FIND, [id]);
  return row ?? null;
}

/** The same within a transaction. */
export async function readStage(em: Reader, id: string): Promise<StageRow | null> {
  const [row] = await em.execute<StageRow[]>(stageBy('?'), [id]);
  return row ?? null;
}

/** Those of these ids that there are, by id. */
export async function readStagesById(em: Reader, ids: readonly string[]): Promise<Map<string, StageRow>> {
  const rows = await em.execute<StageRow[]>(`SELECT ${STAGE_COLUMNS} FROM stage WHERE id = ANY (?::uuid[])`, [
    arrayOf(ids),
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The first `limit` stages of an assignment, in their own order. */
export function readStagesOf(em: Reader, assignmentId: string, limit: number): Promise<StageRow[]> {
  return em.execute<StageRow[]>(
    `SELECT ${STAGE_COLUMNS} FROM stage WHERE assignment_id = ? ORDER BY position, id LIMIT ?`,
    [assignmentId, limit],
  );
}
