import type { Metadata } from '../db/entities/metadata.ts';

/** What may be kept beside a row; undefined = leave as it is. */
export interface BesideChanges {
  externalId?: string | null | undefined;
  description?: string | null | undefined;
  metadata?: Metadata | null | undefined;
}

/** To be assigned to an entity; undefined = leave as it is. */
export const besideChanges = ({ externalId, description, metadata }: BesideChanges) => ({
  externalId,
  description,
  metadata: metadata === null ? {} : metadata,
});

/** The same for a new row. */
export const besideOf = ({ externalId = null, description = null, metadata }: BesideChanges) => ({
  externalId,
  description,
  metadata: metadata ?? {},
});
