import type { Change } from '../../domain/change.ts';
import { BEGINNING, comparePlaces, type Place, type RecordedEvent } from '../../domain/event.ts';
import { type Followed, readBounded } from './bounded.ts';
import { type Reader, shownMsOf } from './stages.ts';
import { readTransitionsWhere } from './transitions.ts';

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
    `SELECT greatest((SELECT max(id) FROM transition), (SELECT max(number) FROM change_commit), (SELECT max(number) FROM alert_event), (SELECT up_to FROM record_pruned), 0)::text AS number`,
  );
  return row?.number ?? '0';
}

/** The last place that was pruned; the beginning where nothing was. */
export async function readPruned(em: Reader): Promise<Place> {
  const [row] = await em.execute<Place[]>('SELECT up_to::text AS number, n FROM record_pruned');
  return row ?? BEGINNING;
}

/** A part of the record. */
export interface EventScan {
  /** In their order. */
  events: RecordedEvent[];
  /** Whether there may be more behind them. */
  isMore: boolean;
  /** Whether it ended early because of long texts (bounded.ts). */
  isCut: boolean;
}

/** Events in their order, at most `limit`. */
export async function readEvents(em: Reader, query: EventQuery): Promise<EventScan> {
  const transitions = query.wantsTransitions ? await readTransitionEvents(em, query) : [];
  const changes = query.wantsChanges ? await readChangeEvents(em, query) : [];
  // Where one of the two was cut short, what the other has behind that comes the next time.
  const cuts = [transitions.at(-1), changes.at(-1)].flatMap((last) => (last?.isFollowed ? [last.event.place] : []));
  const events = [...transitions, ...changes]
    .map(({ event }) => event)
    .filter(({ place }) => cuts.every((cut) => comparePlaces(place, cut) <= 0))
    .sort((a, b) => comparePlaces(a.place, b.place))
    .slice(0, query.limit);
  const isCut = cuts.length > 0;
  return { events, isMore: isCut || events.length === query.limit, isCut };
}

type ReadEvent = Followed<{ event: RecordedEvent }>;

async function readTransitionEvents(em: Reader, { after, upTo, of, limit }: EventQuery): Promise<ReadEvent[]> {
  const whose = whoseOf(of, 'assignment_id = ?', 1);
  const rows = await readTransitionsWhere(
    em,
    `transition.id > ?::bigint AND (?::bigint IS NULL OR transition.id <= ?::bigint) ${whose.and}`,
    [after.number, upTo, upTo, ...whose.values],
    limit,
  );
  return rows.map(({ isFollowed = false, isLong, ...transition }) => ({
    event: { place: { number: transition.id, n: 0 }, transition },
    isFollowed,
  }));
}

const STORED = 'number, n, stage_id, assignment_id, action, changed_at, batch, instance, role';
const LONG = { texts: ['actor', 'reason'], json: ['was', 'became'] };
const ALL_COLUMNS = [STORED, ...LONG.texts, ...LONG.json].join(', ');
const SHOWN = `number::text AS number, n, stage_id AS "stageId", assignment_id AS "assignmentId", action, was, became,
  ${shownMsOf('changed_at')} AS "changedMs", batch, instance, actor, role, reason`;

// For each statement at most `limit` of its changes: one may have made a million.
const ALL_CHANGES = `SELECT ${ALL_COLUMNS} FROM (
    SELECT number, statement FROM change_commit WHERE number >= ?::bigint AND (?::bigint IS NULL OR number <= ?::bigint)
      AND EXISTS (SELECT FROM change WHERE change.statement = change_commit.statement)
    ORDER BY number LIMIT ?
  ) AS commit, LATERAL (
    SELECT * FROM change WHERE change.statement = commit.statement AND (commit.number > ?::bigint OR change.n > ?)
    ORDER BY change.n LIMIT ?
  ) AS change ORDER BY commit.number, change.n LIMIT ?`;

const someChanges = (and: string): string =>
  `SELECT ${ALL_COLUMNS} FROM change JOIN change_commit AS commit USING (statement)
  WHERE (commit.number, change.n) > (?::bigint, ?) AND (?::bigint IS NULL OR commit.number <= ?::bigint) ${and}
  ORDER BY commit.number, change.n LIMIT ?`;
// Also of a stage that has left for another one.
const OF_ASSIGNMENT = `(assignment_id = ? OR stage_id IS NOT NULL AND action = 'edited' AND was ->> 'assignment_id' = ?)`;

async function readChangeEvents(em: Reader, { after, upTo, of, limit }: EventQuery): Promise<ReadEvent[]> {
  const { number, n } = after;
  const whose = whoseOf(of, OF_ASSIGNMENT, 2);
  // One more statement than changes are wanted: of the first one all may have been read.
  const [text, values] =
    whose.and === ''
      ? [ALL_CHANGES, [number, upTo, upTo, limit + 1, number, n, limit]]
      : [someChanges(whose.and), [number, n, upTo, upTo, ...whose.values]];
  const page = { rows: text, stored: STORED, ...LONG, shown: SHOWN, order: ['number', 'n'] };
  const rows = await readBounded<ChangeRow>(em, page, values, limit);
  return rows.map(({ number, n, isFollowed = false, isLong, ...change }) => ({
    event: { place: { number, n }, change },
    isFollowed,
  }));
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
