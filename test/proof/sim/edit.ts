import { type StageDates, statusAt } from '../../../src/domain/stage.ts';

/** A new stage: when it starts, from now, and how long it lasts. */
export interface Planned {
  /** null: not planned yet. Negative: in the past. */
  inMs: number | null;
  /** null: open-ended. */
  lengthMs: number | null;
}

/** What somebody wants to write. Stages are named by a number, which stands for one of those that are there. */
export type Edit =
  | { kind: 'create'; stages: Planned[] }
  | { kind: 'shift'; stage: number; byMs: number }
  | { kind: 'start'; stage: number; inMs: number }
  | { kind: 'end'; stage: number; inMs: number }
  | { kind: 'open' | 'unplan' | 'activate' | 'complete' | 'delete' | 'rename' | 'status'; stage: number }
  | { kind: 'bulk'; byMs: number }
  | { kind: 'reconcile' };

/** Edits of the dates of one stage. */
export type DateEdit = Extract<Edit, { stage: number }>;

export function plannedDates({ inMs, lengthMs }: Planned, nowMs: number): StageDates {
  if (inMs === null) return { startMs: null, endMs: null };
  const startMs = Math.round(nowMs + inMs);
  return { startMs, endMs: lengthMs === null ? null : startMs + Math.max(1, Math.round(lengthMs)) };
}

/** The dates as they will be; null where the edit makes no sense for these, and is to be refused or left. */
export function editedDates(edit: DateEdit, dates: StageDates, nowMs: number): StageDates | null {
  const { startMs, endMs } = dates;
  const status = statusAt(dates, nowMs);
  switch (edit.kind) {
    case 'shift':
      return shifted(dates, edit.byMs);
    case 'start': {
      const start = Math.round(nowMs + edit.inMs);
      return { startMs: start, endMs: endMs === null || endMs > start ? endMs : start + 1000 };
    }
    case 'end':
      return startMs === null ? null : { startMs, endMs: Math.max(startMs + 1, Math.round(nowMs + edit.inMs)) };
    case 'open':
      return { startMs, endMs: null };
    case 'unplan':
      return { startMs: null, endMs: null };
    case 'activate': {
      const start = Math.floor(nowMs);
      return status === 'pending' && (endMs === null || endMs > start) ? { startMs: start, endMs } : null;
    }
    case 'complete':
      return status === 'active' && startMs !== null
        ? { startMs, endMs: Math.max(startMs + 1, Math.floor(nowMs)) }
        : null;
    case 'delete':
    case 'rename':
    case 'status':
      return dates;
  }
}

export function shifted({ startMs, endMs }: StageDates, byMs: number): StageDates {
  const by = (ms: number | null): number | null => (ms === null ? null : ms + Math.round(byMs));
  return { startMs: by(startMs), endMs: by(endMs) };
}
