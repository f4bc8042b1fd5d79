import { instantOf } from '../entities/instant.ts';
import { type Followed, readBounded } from './bounded.ts';
import { inAnyCase } from './in-any-case.ts';
import { arrayOf, BESIDE, type Beside, msOf, type Reader, shownMsOf } from './stages.ts';
import { all, type Condition, condition, within } from './where.ts';

/** An assignment as it is read. Instants are epoch milliseconds. */
export interface AssignmentRow extends Beside {
  id: string;
  title: string;
  timeZone: string;
  version: number;
  createdMs: number;
  updatedMs: number;
}

// created_at as it is: the list goes on behind it.
const COLUMNS = `id, title, time_zone AS "timeZone", version,
  ${msOf('created_at')} AS "createdMs", ${shownMsOf('updated_at')} AS "updatedMs", ${BESIDE}`;

export async function readAssignment(em: Reader, id: string): Promise<AssignmentRow | null> {
  const [row] = await em.execute<AssignmentRow[]>(`SELECT ${COLUMNS} FROM assignment WHERE id = ?`, [id]);
  return row ?? null;
}

/** Its id elsewhere names one. */
export async function readAssignmentByExternalId(em: Reader, externalId: string): Promise<AssignmentRow | null> {
  const [row] = await em.execute<AssignmentRow[]>(`SELECT ${COLUMNS} FROM assignment WHERE external_id = ?`, [
    externalId,
  ]);
  return row ?? null;
}

/** Which of these ids are those of assignments. */
export async function readKnownAssignments(em: Reader, ids: readonly string[]): Promise<Set<string>> {
  const rows = await em.execute<{ id: string }[]>('SELECT id FROM assignment WHERE id = ANY (?::uuid[])', [
    arrayOf(ids),
  ]);
  return new Set(rows.map(({ id }) => id));
}

const STORED = 'id, title, time_zone, version, created_at, updated_at, external_id';
/** The column of each order. Ascending, then by id. */
const ORDERS = { created: 'created_at', updated: 'updated_at', title: 'title' } as const;
export type AssignmentOrder = keyof typeof ORDERS;
export const ASSIGNMENT_ORDERS = Object.keys(ORDERS) as AssignmentOrder[];

/** Which assignments are wanted; null: whichever. */
export interface AssignmentQuery {
  ids: readonly string[] | null;
  externalId: string | null;
  /** Somewhere in the title, whether small or capital letters. */
  title: string | null;
  updatedSinceMs: number | null;
  order: AssignmentOrder;
  after: AssignmentSortKey | null;
  limit: number;
}

/** Epoch milliseconds, or a title. */
export interface AssignmentSortKey {
  at: number | string;
  id: string;
}

/** With the sort key of each. */
export type ListedAssignment = Followed<AssignmentRow & { sortKey: number | string }>;

/** By age unless something else is asked for, so that a page that was read stays as it was. */
export function readAssignments(em: Reader, query: AssignmentQuery): Promise<ListedAssignment[]> {
  const { ids, externalId, title, updatedSinceMs, order, after, limit } = query;
  const column = ORDERS[order];
  const wanted = all([
    ...(ids === null ? [] : [condition('id = ANY (?::uuid[])', arrayOf(ids))]),
    ...(externalId === null ? [] : [condition('external_id = ?', externalId)]),
    ...(title === null ? [] : [condition('title ~ ?', inAnyCase(title))]),
    ...within('updated_at', { fromMs: updatedSinceMs, beforeMs: null }),
    ...(after === null ? [] : [behind(order, after)]),
  ]);
  const sortKey = order === 'title' ? 'title' : msOf(column);
  return readBounded(
    em,
    {
      rows: `SELECT ${STORED}, description, metadata FROM assignment WHERE ${wanted.sql} ORDER BY ${column}, id LIMIT ?`,
      stored: STORED,
      texts: ['description'],
      json: ['metadata'],
      shown: `${COLUMNS}, ${sortKey} AS "sortKey"`,
      order: [column, 'id'],
    },
    wanted.values,
    limit,
  );
}

function behind(order: AssignmentOrder, { at, id }: AssignmentSortKey): Condition {
  if (typeof at === 'string') return condition('(title, id) > (?, ?::uuid)', at, id);
  return condition(`(${ORDERS[order]}, id) > (?::timestamptz, ?::uuid)`, instantOf(at), id);
}
