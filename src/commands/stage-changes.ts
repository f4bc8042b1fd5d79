import { instantOf } from '../db/entities/instant.ts';
import type { Metadata } from '../db/entities/metadata.ts';
import type { BesideChanges } from './beside.ts';

/** What may be edited; undefined = leave as it is. Instants are epoch milliseconds. */
export interface StageChanges extends BesideChanges {
  assignmentId?: string | undefined;
  name?: string | undefined;
  position?: number | undefined;
  startMs?: number | null | undefined;
  endMs?: number | null | undefined;
}

/** A column that edits write, and its value; undefined: leave as it is. */
interface Written {
  column: string;
  type: string;
  pick(changes: StageChanges): string | number | null | undefined;
}

const instant = (ms: number | null | undefined) => (typeof ms === 'number' ? instantOf(ms) : ms);
/** No entries are stored as NULL (db/entities/metadata.ts). */
function textOf(metadata: Metadata | null | undefined): string | null | undefined {
  if (metadata === undefined) return undefined;
  return metadata === null || Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata);
}

export const WRITTEN: readonly Written[] = [
  { column: 'assignment_id', type: 'uuid', pick: ({ assignmentId }) => assignmentId },
  { column: 'name', type: 'text', pick: ({ name }) => name },
  { column: 'position', type: 'integer', pick: ({ position }) => position },
  { column: 'start_date', type: 'timestamptz(3)', pick: ({ startMs }) => instant(startMs) },
  { column: 'end_date', type: 'timestamptz(3)', pick: ({ endMs }) => instant(endMs) },
  { column: 'external_id', type: 'text', pick: ({ externalId }) => externalId },
  { column: 'description', type: 'text', pick: ({ description }) => description },
  { column: 'metadata', type: 'jsonb', pick: ({ metadata }) => textOf(metadata) },
];
