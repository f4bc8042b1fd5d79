import type { RecordedTransition } from '../../support/record.ts';

/** An instant for people. */
export function at(ms: number | null): string {
  return ms === null ? 'never' : new Date(ms).toISOString();
}

/** A row of the record in one line. */
export function say(row: RecordedTransition): string {
  const due = row.dueMs === null ? '' : ` due ${at(row.dueMs)}`;
  const by = [row.cause, row.instance, row.term === null ? null : `term ${row.term}`].filter(Boolean).join(', ');
  return `#${row.id} ${row.stageId} ${row.from} -> ${row.to}${due} at ${at(row.occurredMs)} (${by})`;
}
