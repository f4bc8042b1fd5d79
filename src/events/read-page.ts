import { LostPlaceError } from '../base/errors.ts';
import { readPrunedWithAlerts } from '../db/read/alerts.ts';
import { type EventQuery, readEvents, readHighest, readPruned } from '../db/read/events.ts';
import type { Reader } from '../db/read/stages.ts';
import { ALERT_TYPES, type AlertType } from '../domain/alert.ts';
import {
  BEGINNING,
  CHANGE_TYPES,
  comparePlaces,
  type EventType,
  endOf,
  idOf,
  LATEST,
  type Place,
  type RecordedEvent,
  STEP_TYPES,
  typeOf,
} from '../domain/event.ts';
import type { Settled } from './settled.ts';

export interface EventPage {
  events: RecordedEvent[];
  /** Where to go on; null: there are no more for now. */
  next: Place | null;
}

export interface SettledPage extends EventPage {
  /** The number up to which the record was settled, in decimal digits. */
  upTo: string;
  /** Up to here nothing is missing, whatever was asked for: where to go on the next time. */
  readTo: Place;
}

export interface PageQuery {
  after: Place;
  of: EventQuery['of'];
  /** null: all. */
  types: readonly EventType[] | null;
  limit: number;
}

/** If few events are of the wanted types: how many are looked at in one scan, and how many scans there are at most. */
const SCANNED = 1000;
const MOST_SCANS = 10;

/**
 * A page of the record that misses nothing: it ends where everything before has been committed. A page that had to look
 * at very many events may be short and still have a next one. While a commit hangs, the page ends where the record was
 * settled before. If there is nothing new up to there, it fails rather than say that there is nothing.
 * @throws LostPlaceError when events after `after` are gone, or the record ends before it: the reader has missed some
 */
export async function readSettledPage(em: Reader, settled: Settled, query: PageQuery): Promise<SettledPage> {
  const { after } = query;
  const pruned = await readPruned(em);
  const from = isBehind(after, pruned) ? startAt(after, pruned) : after;
  const upTo = await settled.read().catch((error) => {
    if (BigInt(settled.known) <= BigInt(from.number)) throw error;
    return settled.known;
  });
  if (from === LATEST) return { events: [], next: null, upTo, readTo: endOf(upTo) };
  if (BigInt(from.number) > BigInt(upTo)) await checkNotAhead(em, from, upTo);
  const read = await readPage(em, { ...query, after: from }, upTo);
  // Events that were pruned while the page was read may be missing from it. Alerts come with the same question.
  const types = alertTypesOf(query);
  const end = read.next?.number ?? upTo;
  const now = await readPrunedWithAlerts(em, { after: from, upTo: end, types, limit: query.limit + 1 });
  if (isBehind(from, now.pruned)) throw behind(now.pruned);
  const page = withAlerts(read, now.alerts, query.limit);
  return { ...page, upTo, readTo: page.next ?? later(from, endOf(upTo)) };
}

/** Alerts are about no stage and no assignment. */
function alertTypesOf({ of, types }: PageQuery): readonly AlertType[] {
  if (of.stageId !== undefined || of.assignmentId !== undefined) return [];
  return ALERT_TYPES.filter((type) => types?.includes(type) ?? true);
}

/** @param alerts one more than the page may have, where there are so many */
function withAlerts({ events, next }: EventPage, alerts: readonly RecordedEvent[], limit: number): EventPage {
  const before = alerts.filter(({ place }) => next === null || comparePlaces(place, next) < 0);
  if (before.length === 0) return { events, next };
  const all = [...events, ...before].sort((a, b) => comparePlaces(a.place, b.place));
  if (all.length <= limit) return { events: all, next };
  const shown = all.slice(0, limit);
  return { events: shown, next: shown.at(-1)?.place ?? null };
}

/** An event that was seen may be ahead of what is settled. One that was never there came from a record that is lost. */
async function checkNotAhead(em: Reader, from: Place, upTo: string): Promise<void> {
  if (BigInt(from.number) <= BigInt(await readHighest(em))) return;
  const why = `The record ends at ${idOf({ number: upTo, n: 0 })}, before this id. Was the database restored from a backup?`;
  throw new LostPlaceError('events_ahead', why, idOf(endOf(upTo)));
}

const behind = (pruned: Place): LostPlaceError =>
  new LostPlaceError('events_pruned', 'Events after this id have been pruned.', idOf(pruned));

const later = (a: Place, b: Place): Place => (comparePlaces(a, b) < 0 ? b : a);

const isBehind = (place: Place, pruned: Place): boolean => comparePlaces(place, pruned) < 0;

/** A reader that asks from the beginning gets what is left. */
function startAt(after: Place, pruned: Place): Place {
  if (comparePlaces(after, BEGINNING) > 0) throw behind(pruned);
  return pruned;
}

/**
 * For a reader of transitions alone, who has read up to this number. Asked after reading: what is pruned is marked
 * before it is deleted.
 * @param after decimal digits; 0 begins with what is left
 * @throws LostPlaceError
 */
export async function checkNotPruned(em: Reader, after: string): Promise<void> {
  if (BigInt(after) === 0n) return;
  const { number } = await readPruned(em);
  if (BigInt(after) < BigInt(number)) throw behind({ number, n: 0 });
}

/** A page of what is visible. An edit that commits at this moment may still get a place before what was read. */
export function readVisiblePage(em: Reader, query: PageQuery): Promise<EventPage> {
  return readPage(em, query, null);
}

async function readPage(em: Reader, query: PageQuery, upTo: string | null): Promise<EventPage> {
  const { after, of, types, limit } = query;
  const isAsked = (event: RecordedEvent): boolean => types === null || types.includes(typeOf(event));
  const scanned = types === null ? limit + 1 : Math.max(SCANNED, limit + 1);
  const [wantsTransitions, wantsChanges] = tablesOf(types);
  const found: RecordedEvent[] = [];
  let from = after;
  for (let scans = 0; scans < MOST_SCANS; scans++) {
    const { events, isMore, isCut } = await readEvents(em, {
      after: from,
      upTo,
      of,
      limit: scanned,
      wantsTransitions,
      wantsChanges,
    });
    found.push(...events.filter(isAsked));
    if (found.length > limit) {
      const shown = found.slice(0, limit);
      return { events: shown, next: shown.at(-1)?.place ?? null };
    }
    const last = events.at(-1);
    if (!isMore || last === undefined) return { events: found, next: null };
    if (isCut && found.length > 0) return { events: found, next: last.place };
    from = last.place;
  }
  return { events: found, next: from };
}

/** Whether transitions, and whether changes, can be of one of these types. */
function tablesOf(types: readonly EventType[] | null): [transitions: boolean, changes: boolean] {
  if (types === null) return [true, true];
  const isOneOf = (known: readonly EventType[]): boolean => types.some((type) => known.includes(type));
  return [isOneOf(STEP_TYPES), isOneOf(CHANGE_TYPES)];
}
