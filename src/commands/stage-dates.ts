import type { Fault } from '../base/errors.ts';
import type { StageDates } from '../domain/stage.ts';

/** Which of the two dates the caller gave. The fault points to it. */
export interface Given {
  start: boolean;
  end: boolean;
}

/** The same for an edit: the stored dates, overridden by those that are given. */
export function changedDateFaults(
  stored: StageDates,
  changes: { startMs?: number | null | undefined; endMs?: number | null | undefined },
): Fault[] {
  const { startMs = stored.startMs, endMs = stored.endMs } = changes;
  const given = { start: changes.startMs !== undefined, end: changes.endMs !== undefined };
  return given.start || given.end ? dateFaults({ startMs, endMs }, given) : [];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** What is wrong with the two dates together; empty when nothing is. */
export function dateFaults({ startMs, endMs }: StageDates, given: Given): Fault[] {
  if (endMs === null) return [];
  if (startMs === null) {
    return given.end
      ? [{ pointer: '/end_date', detail: 'needs a start_date: give one too, or set end_date to null' }]
      : [
          {
            pointer: '/start_date',
            detail: `cannot be removed while end_date is ${iso(endMs)}: set end_date to null too`,
          },
        ];
  }
  if (endMs > startMs) return [];
  return given.end
    ? [{ pointer: '/end_date', detail: `must be later than start_date, which is ${iso(startMs)}` }]
    : [{ pointer: '/start_date', detail: `must be earlier than end_date, which is ${iso(endMs)}: move end_date too` }];
}
