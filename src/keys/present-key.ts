import type { Scope } from '../access/api-key.ts';
import type { KeyRow } from '../db/read/keys.ts';
import { iso, isoOrNull } from '../domain/iso.ts';

/** A key as the API and the command line show it. */
export const presentKey = (key: KeyRow) => ({
  id: key.id,
  name: key.name,
  scope: key.scope as Scope,
  created_at: iso(key.createdMs),
  created_by: key.createdBy,
  expires_at: isoOrNull(key.expiresMs),
  last_used_at: isoOrNull(key.lastUsedMs),
  revoked_at: isoOrNull(key.revokedMs),
});

export type ShownKey = ReturnType<typeof presentKey>;
