import type { LostPlaceError } from '../base/errors.ts';
import { type EventType, idOf, type Place, type RecordedEvent } from '../domain/event.ts';
import type { StaleJson } from './envelope.ts';
import { aboutAssignment, aboutStage } from './filter.ts';
import { presentEvent } from './present-event.ts';

/** An event as a stream sends it. It is made once, for all readers. */
export interface Frame {
  place: Place;
  type: EventType;
  /** The stages and assignments that it is about. */
  topics: readonly string[];
  text: string;
}

export function frameOf(event: RecordedEvent): Frame {
  const shown = presentEvent(event);
  const text = `id: ${shown.id}\ndata: ${JSON.stringify(shown)}\n\n`;
  return { place: event.place, type: shown.type, topics: topicsOf(event), text };
}

/** A stage that moves to another assignment is an event of both. An alert is about neither. */
function topicsOf({ transition, change, alert }: RecordedEvent): string[] {
  if (alert !== undefined) return [];
  const { assignmentId, stageId } = transition ?? change;
  const topics = [aboutAssignment(assignmentId)];
  if (stageId === null) return topics;
  topics.push(aboutStage(stageId));
  const left = change?.action === 'edited' ? change.was?.['assignment_id'] : undefined;
  if (typeof left === 'string') topics.push(aboutAssignment(left));
  return topics;
}

/** Tells a reader up to where it has everything that it wants. A block without data is no event. */
export const placeFrame = (place: Place): string => `id: ${idOf(place)}\n\n`;

/** Keeps the connection alive. */
export const COMMENT = ':\n\n';

/** Tells a reader that it has missed some events, and goes on from where there are any. */
export function staleFrame({ code, why, resumeAt }: LostPlaceError): string {
  const detail = `${why} Read the current state: this stream goes on behind ${resumeAt}.`;
  const stale: StaleJson = { code, detail, resume_at: resumeAt };
  return `event: stale\nid: ${resumeAt}\ndata: ${JSON.stringify(stale)}\n\n`;
}
