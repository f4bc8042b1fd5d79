import type { Change } from '../../domain/change.ts';
import { BEGINNING, comparePlaces, type Place, type RecordedEvent } from '../../domain/event.ts';
import type { Transition } from '../../domain/transition.ts';
import { type Reader, shownMsOf } from './stages.ts';
import { TRANSITION_COLUMNS } from './transitions.ts';

/** Which events are wanted, and from where on. */
export interface EventQuery {
  after: Place;
  /** The last number to be looked at; null: whatever can be seen. */
  upTo: string | null;
  /** Of one stage, of one assignment and its stages, or of one stage while it belongs to that assignment; else of all. */
  of: { stageId?: string | undefined; assignmentId?: string | undefined };
  /** At most. */
  limit: number;
  wantsTransitions: boolean;
  wantsChanges: boolean;
}

const SETTLED = 'SELECT record_settled()::text AS number';

/**
 * Up to which number the record is settled: whoever reads to there misses nothing. It waits for commits that are under
 * way (db/migrations/0007-changes/settled.ts). Outside of a transaction, because what is read next needs a newer snapshot.
 */
export async function readSettled(em: Reader): Promise<string> {
  const [row] = await em.execute<{ number: string }[]>(SETTLED);
  return row?.number ?? '0';
}

/** The highest number that can be seen in the record, or could before it was pruned. */
export async function readHighest(em: Reader): Promise<string> {
  const [row] = await em.execute<{ number: string }[]>(
    `SELECT greatest((SELECT max(id) FROM transition), (SELECT max(number) FROM change_commit), (SELECT up_to FROM record_pruned), 0)::text AS number`,
  );
  return row?.number ?? '0';
}

/** The last place that was pruned; the beginning where nothing was. */
export async function readPruned(em: Reader): Promise<Place> {
  const [row] = await em.execute<Place[]>('SELECT up_to::text AS number, n FROM record_pruned');
  return row ?? BEGINNING;
}

/** Events in their order, at most `limit`. */
export async function readEvents(em: Reader, query: EventQuery): Promise<RecordedEvent[]> {
  const transitions = query.wantsTransitions ? await readTransitionEvents(em, query) : [];
  const changes = query.wantsChanges ? await readChangeEvents(em, query) : [];
  return [...transitions, ...changes].sort((a, b) => comparePlaces(a.place, b.place)).slice(0, query.limit);
}

async function readTransitionEvents(em: Reader, { after, upTo, of, limit }: EventQuery): Promise<RecordedEvent[]> {
  const whose = whoseOf(of, 'assignment_id = ?', 1);
  const rows = await em.execute<Transition[]>(
    `SELECT ${TRANSITION_COLUMNS} FROM transition
      WHERE transition.id > ?::bigint AND (?::bigint IS NULL OR transition.id <= ?::bigint) ${whose.and}
      ORDER BY transition.id LIMIT ?`,
    [after.number, upTo, upTo, ...whose.values, limit],
  );
  return rows.map((transition) => ({ place: { number: transition.id, n: 0 }, transition }));
}

const CHANGE_COLUMNS = `commit.number::text AS number, change.n, stage_id AS "stageId", assignment_id AS "assignmentId", action, was, became,
  ${shownMsOf('changed_at')} AS "changedMs", batch, instance, actor, role, reason`;

// For each statement at most `limit` of its changes: one may have made a million.
const ALL_CHANGES = `SELECT ${CHANGE_COLUMNS} FROM (
    SELECT number, statement FROM change_commit WHERE number >= ?::bigint AND (?::bigint IS NULL OR number <= ?::bigint)
      AND EXISTS (SELECT FROM change WHERE change.statement = change_commit.statement)
    ORDER BY number LIMIT ?
  ) AS commit, LATERAL (
    SELECT * FROM change WHERE change.statement = commit.statement AND (commit.number > ?::bigint OR change.n > ?)
    ORDER BY change.n LIMIT ?
  ) AS change ORDER BY commit.number, change.n LIMIT ?`;

const someChanges = (and: string): string =>
  `SELECT ${CHANGE_COLUMNS} FROM change JOIN change_commit AS commit USING (statement)
  WHERE (commit.number, change.n) > (?::bigint, ?) AND (?::bigint IS NULL OR commit.number <= ?::bigint) ${and}
  ORDER BY commit.number, change.n LIMIT ?`;
// Also of a stage that has left for another one.
const OF_ASSIGNMENT = `(assignment_id = ? OR stage_id IS NOT NULL AND action = 'edited' AND was ->> 'assignment_id' = ?)`;

async function readChangeEvents(em: Reader, { after, upTo, of, limit }: EventQuery): Promise<RecordedEvent[]> {
  const { number, n } = after;
  const whose = whoseOf(of, OF_ASSIGNMENT, 2);
  // One more statement than changes are wanted: of the first one all may have been read.
  const rows = await (whose.and === ''
    ? em.execute<ChangeRow[]>(ALL_CHANGES, [number, upTo, upTo, limit + 1, number, n, limit, limit])
    : em.execute<ChangeRow[]>(someChanges(whose.and), [number, n, upTo, upTo, ...whose.values, limit]));
  return rows.map(({ number, n, ...change }) => ({ place: { number, n }, change }));
}

interface ChangeRow extends Change, Place {}

/** @param ofAssignment takes the assignment's id `times` times */
function whoseOf({ stageId, assignmentId }: EventQuery['of'], ofAssignment: string, times: number) {
  const all = [
    ...(stageId === undefined ? [] : [{ where: 'stage_id = ?', values: [stageId] }]),
    ...(assignmentId === undefined ? [] : [{ where: ofAssignment, values: Array(times).fill(assignmentId) }]),
  ];
  return { and: all.map(({ where }) => `AND ${where}`).join(' '), values: all.flatMap(({ values }) => values) };
}
