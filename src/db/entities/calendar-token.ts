import { defineEntity, type OptionalProps, p } from '@mikro-orm/core';
import { BY_THE_DATABASE } from './generated.ts';
import { Instant } from './instant.ts';

const CalendarTokenSchema = defineEntity({
  name: 'CalendarTokenEntity',
  tableName: 'calendar_token',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    name: p.text(),
    assignmentId: p.uuid().nullable().strictNullable(),
    sha256: p.text().unique(),
    createdMs: p.type(Instant).name('created_at').generated(BY_THE_DATABASE),
    createdBy: p.text().nullable().strictNullable(),
    lastUsedMs: p.type(Instant).name('last_used_at').nullable(),
    revokedMs: p.type(Instant).name('revoked_at').nullable(),
  },
});
/** Opens one calendar feed. The token itself is kept nowhere. The assignment that it names may be gone. */
export class CalendarTokenEntity extends CalendarTokenSchema.class {
  declare [OptionalProps]?: 'createdMs';
}
CalendarTokenSchema.setClass(CalendarTokenEntity);
