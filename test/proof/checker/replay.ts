import { isDeepStrictEqual } from 'node:util';

/** A change of a stage or an assignment, in the order of events. */
export interface ReplayedChange {
  id: string;
  was: Readonly<Record<string, unknown>> | null;
  became: Readonly<Record<string, unknown>> | null;
}

/** A stage or an assignment as it is now. */
export type Row = Readonly<Record<string, unknown>> & { id: string };

/**
 * Does every change again, from the first one on: each must begin where the one before it ended, and the last must
 * end at the row that is there.
 * @returns what does not fit, in words
 */
export function replay(changes: readonly ReplayedChange[], rows: readonly Row[]): string[] {
  const faults: string[] = [];
  const known = new Map<string, Record<string, unknown>>();
  for (const { id, was, became } of changes) {
    const before = known.get(id);
    if ((was === null) !== (before === undefined)) {
      faults.push(`${id} is ${was === null ? 'created where it was there' : 'changed where it was not there'}`);
    }
    for (const [field, value] of Object.entries(was ?? {})) {
      const recorded = before?.[field];
      if (!isSame(recorded, value)) faults.push(`${id} left ${field} ${shown(value)}, and had ${shown(recorded)}`);
    }
    if (became === null) known.delete(id);
    else known.set(id, { ...before, ...became });
  }
  for (const row of rows) {
    const recorded = known.get(row.id);
    if (recorded === undefined) faults.push(`${row.id} is there, and the record does not know it`);
    for (const [field, value] of Object.entries(recorded ?? {})) {
      if (!isSame(value, row[field]))
        faults.push(`${row.id} has ${field} ${shown(row[field])}, and the record ${shown(value)}`);
    }
    known.delete(row.id);
  }
  return [...faults, ...[...known.keys()].map((id) => `${id} is on the record, and gone without a word`)];
}

const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:/;

/** Two spellings of one instant are the same. */
function isSame(a: unknown, b: unknown): boolean {
  const isInstant = typeof a === 'string' && typeof b === 'string' && INSTANT.test(a) && INSTANT.test(b);
  return isInstant ? Date.parse(a) === Date.parse(b) : isDeepStrictEqual(a, b);
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? 'nothing';
