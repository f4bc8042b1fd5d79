import type { EventType } from '../domain/event.ts';

/** Which events a reader wants, by the same rules as a page (db/read/events.ts). */
export interface Wanted {
  stageId?: string | undefined;
  assignmentId?: string | undefined;
  /** null: all. */
  types: readonly EventType[] | null;
}

export interface Filter extends Wanted {
  /** The same for readers that want the same. */
  key: string;
  /** What an event must be about. The first is the one to look up; none: about anything. */
  topics: readonly string[];
}

export const aboutStage = (id: string): string => `stage ${id}`;
export const aboutAssignment = (id: string): string => `assignment ${id}`;

export function filterOf({ stageId, assignmentId, types }: Wanted): Filter {
  const topics = [
    ...(stageId === undefined ? [] : [aboutStage(stageId)]),
    ...(assignmentId === undefined ? [] : [aboutAssignment(assignmentId)]),
  ];
  const sorted = types === null ? null : [...new Set(types)].sort();
  return { stageId, assignmentId, types: sorted, topics, key: JSON.stringify([topics, sorted]) };
}

export function isWanted({ topics, types }: Filter, event: { topics: readonly string[]; type: EventType }): boolean {
  return (types === null || types.includes(event.type)) && topics.every((topic) => event.topics.includes(topic));
}
