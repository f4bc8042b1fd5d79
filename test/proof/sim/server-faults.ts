import { NOBODYS } from '../../../src/db/leading/term.ts';

/** What is wrong with the server just now, for all who use it. */
export interface ServerFaults {
  /** `full`: the triggers see it and say nothing. `overflowing`: they did not see it, and the commit fails. */
  queue: 'free' | 'full' | 'overflowing';
  /** Connections that it gives at most. */
  room: number;
  /** Somebody holds the table of stages, and all who read or write it wait. */
  isTableLocked: boolean;
  /** For how long a statement walks over what an old snapshot keeps from being cleaned away, where it is not told where to begin. */
  walkMs: number;
}

export const noServerFaults = (): ServerFaults => ({
  queue: 'free',
  room: Number.POSITIVE_INFINITY,
  isTableLocked: false,
  walkMs: 0,
});

/** Statements of src/db that read or write stages. */
const OF_STAGES = new Set([
  'advance',
  'horizon',
  'outstanding',
  'heartbeat',
  'overdue',
  'due_stages',
  'try_stages',
  'try_to_write',
]);

export const touchesStages = (name: string): boolean => OF_STAGES.has(name);

/** Which of the values of a statement says where to begin. */
const BEGINNINGS: Readonly<Record<string, number>> = { heartbeat: 3, advance: 9 };

export function walksOverEverything(name: string, values: readonly unknown[]): boolean {
  // Where there is no term nothing is looked for.
  if (name === 'advance' && values[0] === NOBODYS.epoch) return false;
  const i = BEGINNINGS[name];
  return i !== undefined && (values[i] ?? null) === null;
}
