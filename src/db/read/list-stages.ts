import { STATUSES, type Status } from '../../domain/stage.ts';
import { instantOf } from '../entities/instant.ts';
import { type Followed, readBounded } from './bounded.ts';
import { arrayOf, msOf, type Reader, STAGE_COLUMNS, STORED_COLUMNS, type StageRow } from './stages.ts';
import { all, type Condition, condition, isBounded, type Span, within } from './where.ts';

/** Ascending, stages without such an instant last, then by id. */
export const STAGE_ORDERS = ['start_date', 'end_date', 'updated_at'] as const;
export type StageOrder = (typeof STAGE_ORDERS)[number];

/** Which stages are wanted; null: whichever. */
export interface StageQuery {
  statuses: readonly Status[] | null;
  ids: readonly string[] | null;
  assignmentIds: readonly string[] | null;
  externalId: string | null;
  starts: Span;
  ends: Span;
  updatedSinceMs: number | null;
  order: StageOrder;
  /** Read what comes behind this sort key. */
  after: { atMs: number | null; id: string } | null;
  limit: number;
}

/** With the sort key of each. */
export type ListedStage = Followed<StageRow & { sortKeyMs: number | null }>;

export function readStages(em: Reader, query: StageQuery): Promise<ListedStage[]> {
  const few = fewOf(query);
  return few === null ? readOfAll(em, query) : readOfFew(em, query, few);
}

/** What leads to few stages by an index of its own: ids, an external id, assignments. Null: nothing does. */
function fewOf({ ids, externalId, assignmentIds }: StageQuery): Condition | null {
  if (ids !== null) return condition('id = ANY (?::uuid[])', arrayOf(ids));
  if (externalId !== null) return condition('external_id = ?', externalId);
  if (assignmentIds !== null) return condition('assignment_id = ANY (?::uuid[])', arrayOf(assignmentIds));
  return null;
}

const STORED = {
  stored:
    'id, assignment_id, name, position, start_date, end_date, status, version, created_at, updated_at, external_id',
  texts: ['description'],
  json: ['metadata'],
};

/** @param rows a query of stages @param values of its parameters */
function readPage(
  em: Reader,
  { order, limit }: StageQuery,
  rows: string,
  values: readonly unknown[],
): Promise<ListedStage[]> {
  const shown = `${STAGE_COLUMNS}, ${msOf(order)} AS "sortKeyMs"`;
  const sorted = `${rows} ORDER BY ${order}, id LIMIT ?`;
  return readBounded(em, { rows: sorted, ...STORED, shown, order: [order, 'id'] }, values, limit);
}

/** Fetched by their index (hence MATERIALIZED: no other one is tried), then sorted. */
function readOfFew(em: Reader, query: StageQuery, few: Condition): Promise<ListedStage[]> {
  const { statuses, assignmentIds, order, after } = query;
  const wanted = all([
    ...wantedOf(query),
    ...(statuses === null ? [] : [condition('status = ANY (?::text[])', arrayOf(statuses))]),
    ...(assignmentIds === null ? [] : [condition('assignment_id = ANY (?::uuid[])', arrayOf(assignmentIds))]),
    ...behind(order, after),
  ]);
  const mine = `WITH mine AS MATERIALIZED (SELECT ${STORED_COLUMNS} FROM stage WHERE ${few.sql})`;
  const rows = `${mine} SELECT ${STORED_COLUMNS} FROM mine WHERE ${wanted.sql}`;
  return readPage(em, query, rows, [...few.values, ...wanted.values]);
}

function wantedOf({ externalId, starts, ends, updatedSinceMs }: StageQuery): Condition[] {
  return [
    ...within('start_date', starts),
    ...within('end_date', ends),
    // As every end is behind its start. The index of what is completed has the start alone.
    ...within('start_date', { fromMs: null, beforeMs: ends.beforeMs }),
    ...within('updated_at', { fromMs: updatedSinceMs, beforeMs: null }),
    ...(externalId === null ? [] : [condition('external_id = ?', externalId)]),
  ];
}

function behind(order: StageOrder, after: StageQuery['after']): Condition[] {
  if (after === null) return [];
  const { atMs, id } = after;
  if (atMs === null) return [condition(`${order} IS NULL AND id > ?::uuid`, id)];
  return [condition(`(${order} IS NULL OR (${order}, id) > (?::timestamptz, ?::uuid))`, instantOf(atMs), id)];
}

/** Some short scans, each in the order that is wanted, then a merge. */
function readOfAll(em: Reader, query: StageQuery): Promise<ListedStage[]> {
  const { order, limit } = query;
  const wanted = wantedOf(query);
  const scans = scansOf(query).map((scan) => all([...scan, ...wanted]));
  const texts = scans.map(
    ({ sql }) => `(SELECT ${STORED_COLUMNS} FROM stage WHERE ${sql} ORDER BY ${order}, id LIMIT ?)`,
  );
  if (texts.length === 0) return Promise.resolve([]);
  const rows = `SELECT ${STORED_COLUMNS} FROM (${texts.join(' UNION ALL ')}) AS merged`;
  const values = scans.flatMap((scan) => [...scan.values, limit]);
  return readPage(em, query, rows, values);
}

function scansOf(query: StageQuery): Condition[][] {
  switch (query.order) {
    case 'start_date':
      return scansByStart(query);
    case 'end_date':
      return scansByEnd(query);
    case 'updated_at':
      return [scanByUpdate(query)];
  }
}

const isOf = (status: Status): Condition => condition('status = ?', status);
const dated = (order: StageOrder, after: StageQuery['after']): Condition =>
  after === null || after.atMs === null
    ? condition(`${order} IS NOT NULL`)
    : condition(`(${order}, id) > (?::timestamptz, ?::uuid)`, instantOf(after.atMs), after.id);
const undated = (order: StageOrder, after: StageQuery['after']): Condition =>
  after === null || after.atMs !== null
    ? condition(`${order} IS NULL`)
    : condition(`${order} IS NULL AND id > ?::uuid`, after.id);
/** Those with an instant have all been read. */
const areDatedDone = (after: StageQuery['after']): boolean => after !== null && after.atMs === null;

/**
 * One short scan of the index stage_by_start for each status, with and without a start: the index begins with the
 * status, so one scan cannot serve all, and `start_date > x OR start_date IS NULL` would read a million rows to
 * return fifty.
 */
function scansByStart({ statuses, starts, ends, after }: StageQuery): Condition[][] {
  const each = statuses ?? STATUSES;
  const withStart = areDatedDone(after) ? [] : each.map((status) => [isOf(status), dated('start_date', after)]);
  // What has no start has no end either.
  if (isBounded(starts) || isBounded(ends)) return withStart;
  return [...withStart, ...each.map((status) => [isOf(status), undated('start_date', after)])];
}

/**
 * The index stage_by_end has what is yet to end. What is completed has none by its end, since each bell would pay for
 * it: the scan of it is sorted, a second for a million.
 */
function scansByEnd({ statuses, ends, after }: StageQuery): Condition[][] {
  const each = statuses ?? STATUSES;
  const open = each.filter((status) => status !== 'completed');
  // As the index has it, so that it can be used.
  const isOpen = [condition(`status IN ('pending', 'active')`), ...(open.length === 1 ? open.map(isOf) : [])];
  const scans: Condition[][] = [];
  if (!areDatedDone(after)) {
    const withEnd = dated('end_date', after);
    if (open.length > 0) scans.push([...isOpen, condition('end_date IS NOT NULL'), withEnd]);
    if (each.includes('completed')) scans.push([isOf('completed'), withEnd]);
  }
  if (open.length > 0 && !isBounded(ends)) scans.push([...isOpen, undated('end_date', after)]);
  return scans;
}

/** No index has it: each bell would pay for that. */
function scanByUpdate({ statuses, after }: StageQuery): Condition[] {
  return [
    ...(statuses === null ? [] : [condition('status = ANY (?::text[])', arrayOf(statuses))]),
    ...behind('updated_at', after),
  ];
}
