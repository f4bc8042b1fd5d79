import { readAssignment } from '../db/read/assignments.ts';
import { readCalendarStages, readCancelled } from '../db/read/calendar.ts';
import { opensCalendar } from '../db/read/calendar-tokens.ts';
import type { Reader } from '../db/read/stages.ts';
import { hashOf, isToken } from './token.ts';
import { type Pause, writeCalendar } from './write-calendar.ts';

/** More than anybody looks at. A feed is read whole, and again every hour. */
export const MOST_STAGES = 1000;
const MOST_CANCELLED = 500;

/**
 * The calendar that a token opens, as text.
 * @param assignmentId null: of all assignments
 * @returns null where there is nothing for this token, for whatever reason
 */
export async function readFeed(
  em: Reader,
  token: string,
  assignmentId: string | null,
  pause: Pause,
): Promise<string | null> {
  if (!isToken(token) || !(await opensCalendar(em, hashOf(token), assignmentId))) return null;
  // One more, to learn whether there are more.
  const stages = await readCalendarStages(em, assignmentId, MOST_STAGES + 1);
  const cancelled = await readCancelled(em, assignmentId, MOST_CANCELLED);
  const name = assignmentId === null ? 'Stagebell' : (await titleOf(em, assignmentId)) || 'Stagebell';
  const isCut = stages.length > MOST_STAGES;
  const note = `Only the ${MOST_STAGES} stages that start nearest to now are shown.`;
  return writeCalendar({ name, note: isCut ? note : null, stages: stages.slice(0, MOST_STAGES), cancelled }, pause);
}

/** Undefined once it is deleted. */
const titleOf = async (em: Reader, id: string): Promise<string | undefined> => (await readAssignment(em, id))?.title;
