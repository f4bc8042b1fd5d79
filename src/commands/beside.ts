import { isDeepStrictEqual } from 'node:util';
import type { Beside } from '../db/read/stages.ts';

/** What may be kept beside a row; undefined = leave as it is. */
export interface BesideChanges {
  externalId?: string | null | undefined;
  description?: string | null | undefined;
  metadata?: Beside['metadata'] | null | undefined;
}

/** As they are stored. No entries are stored as nothing, so that to empty what is empty changes nothing. */
export function storedMetadata(metadata: BesideChanges['metadata']): Beside['metadata'] | null | undefined {
  return metadata === undefined || (metadata !== null && Object.keys(metadata).length > 0) ? metadata : null;
}

/** Of a new row. */
export function besideOf({ externalId = null, description = null, metadata }: BesideChanges) {
  return { externalId, description, metadata: storedMetadata(metadata) ?? null };
}

/** Of these fields those that are given and differ from what is stored. */
export function differing<Row extends object, Field extends keyof Row>(
  row: Row,
  changes: { [F in Field]?: Row[F] | undefined },
  fields: readonly Field[],
): { [F in Field]?: Row[F] } {
  const changed = fields.filter((field) => changes[field] !== undefined && changes[field] !== row[field]);
  return Object.fromEntries(changed.map((field) => [field, changes[field]])) as { [F in Field]?: Row[F] };
}

/** The same for metadata: the order of entries makes no difference. */
export function differingMetadata(row: Beside, { metadata }: BesideChanges): { metadata?: Beside['metadata'] | null } {
  if (metadata === undefined || isDeepStrictEqual(metadata ?? {}, row.metadata)) return {};
  return { metadata: storedMetadata(metadata) ?? null };
}
