/**
 * The glossary's core. A **stage** is a row with two **boundaries**: its start (pending -> active)
 * and its end (active -> completed). Its status is never set by anybody: it is derived from the
 * two dates and the time, by the one rule that PostgreSQL applies (`stage_status` in db/migrations): half-open,
 * `start <= now < end` is active.
 */

export const STATUSES = ['pending', 'active', 'completed'] as const;
export type Status = (typeof STATUSES)[number];

/** The two dates that carry everything. Epoch milliseconds; null = not planned / open-ended. */
export interface StageDates {
  startMs: number | null;
  endMs: number | null;
}

/** One of a stage's two instants, with what happens there. */
export interface Boundary {
  from: Exclude<Status, 'completed'>;
  to: Exclude<Status, 'pending'>;
  atMs: number;
}

/**
 * The rule: half-open, `start <= now < end` is active.
 * @param nowMs epoch milliseconds, by the database's clock wherever it matters
 */
export function statusAt(dates: StageDates, nowMs: number): Status {
  if (dates.startMs === null || nowMs < dates.startMs) return 'pending';
  if (dates.endMs === null || nowMs < dates.endMs) return 'active';
  return 'completed';
}

/** The boundaries that a stage with these dates has, in the order in which they are crossed. */
export function boundaries(dates: StageDates): Boundary[] {
  const all: Boundary[] = [];
  if (dates.startMs !== null) all.push({ from: 'pending', to: 'active', atMs: dates.startMs });
  if (dates.endMs !== null) all.push({ from: 'active', to: 'completed', atMs: dates.endMs });
  return all;
}

/** The boundary that a stage with this recorded status crosses next; null when there is none. */
export function nextBoundary(dates: StageDates, status: Status): Boundary | null {
  return boundaries(dates).find((boundary) => boundary.from === status) ?? null;
}
