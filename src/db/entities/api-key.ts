import { defineEntity, type OptionalProps, p } from '@mikro-orm/core';
import { BY_THE_DATABASE } from './generated.ts';
import { Instant } from './instant.ts';

const ApiKeySchema = defineEntity({
  name: 'ApiKeyEntity',
  tableName: 'api_key',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    name: p.text(),
    scope: p.text(),
    sha256: p.text().unique(),
    createdMs: p.type(Instant).name('created_at').generated(BY_THE_DATABASE),
    createdBy: p.text().nullable().strictNullable(),
    expiresMs: p.type(Instant).name('expires_at').nullable().strictNullable(),
    lastUsedMs: p.type(Instant).name('last_used_at').nullable(),
    revokedMs: p.type(Instant).name('revoked_at').nullable(),
  },
});
/** An API key that was made while the service ran. The secret itself is kept nowhere. */
export class ApiKeyEntity extends ApiKeySchema.class {
  declare [OptionalProps]?: 'createdMs';
}
ApiKeySchema.setClass(ApiKeyEntity);
