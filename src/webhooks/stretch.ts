import { LostPlaceError } from '../base/errors.ts';
import type { Reader } from '../db/read/stages.ts';
import { BEGINNING, comparePlaces, idOf, placeOfId, type RecordedEvent } from '../domain/event.ts';
import { presentEvent } from '../events/present-event.ts';
import { readSettledPage } from '../events/read-page.ts';
import type { Settled } from '../events/settled.ts';
import type { Endpoint } from './endpoint.ts';
import type { Course, NewParcel } from './parcels.ts';

/** What a webhook takes from the record at a time. */
export interface Stretch {
  parcels: NewParcel[];
  /** Where it goes on. */
  next: Course;
  /** There is no more for now. */
  isEnd: boolean;
  /** Events that it should have had are gone; null: none. */
  lost: string | null;
}

/** Bodies that are put together before others get their turn. */
const AT_ONCE = 16;
/** More is not taken at a time. */
const MOST_CHARACTERS = 1_000_000;

/** Reads on behind where a webhook has come to. @param pause lets others have their turn */
export async function readStretch(
  em: Reader,
  settled: Settled,
  endpoint: Endpoint,
  limit: number,
  pause: () => Promise<void>,
): Promise<Stretch> {
  const { readTo, replayTo, resumeTo, types, stageId, assignmentId } = endpoint;
  const of = { stageId: stageId ?? undefined, assignmentId: assignmentId ?? undefined };
  try {
    const page = await readSettledPage(em, settled, { after: readTo, of, types, limit });
    const wanted =
      replayTo === null ? page.events : page.events.filter(({ place }) => comparePlaces(place, replayTo) <= 0);
    const parcels = await packed(wanted, pause);
    const last = wanted[parcels.length - 1];
    if (last !== undefined && parcels.length < wanted.length) {
      return { parcels, next: { readTo: last.place, replayTo, resumeTo }, isEnd: false, lost: null };
    }
    const reached = page.next ?? page.readTo;
    if (replayTo !== null && resumeTo !== null && comparePlaces(reached, replayTo) >= 0) {
      return { parcels, next: { readTo: resumeTo, replayTo: null, resumeTo: null }, isEnd: false, lost: null };
    }
    return { parcels, next: { readTo: reached, replayTo, resumeTo }, isEnd: page.next === null, lost: null };
  } catch (error) {
    if (!(error instanceof LostPlaceError)) throw error;
    const next = { readTo: placeOfId(error.resumeAt) ?? BEGINNING, replayTo: null, resumeTo: null };
    return { parcels: [], next, isEnd: false, lost: `${idOf(readTo)} to ${error.resumeAt}` };
  }
}

/** As many as are taken at a time. */
async function packed(events: readonly RecordedEvent[], pause: () => Promise<void>): Promise<NewParcel[]> {
  const parcels: NewParcel[] = [];
  let characters = 0;
  for (const event of events) {
    const shown = presentEvent(event);
    const { type, data } = shown;
    const body = JSON.stringify(shown);
    parcels.push({
      ...event.place,
      type,
      about: 'alert' in data ? data.alert.id : (data.stage_id ?? data.assignment_id),
      body,
    });
    characters += body.length;
    if (characters > MOST_CHARACTERS) break;
    if (parcels.length % AT_ONCE === 0) await pause();
  }
  return parcels;
}
