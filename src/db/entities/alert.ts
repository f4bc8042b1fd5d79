import { defineEntity, p } from '@mikro-orm/core';
import type { Severity } from '../../domain/alert.ts';
import { Instant } from './instant.ts';

/** What an operator should know. Only functions of the database write it (migrations/0009-alerts/raising.ts). */
export const AlertEntity = defineEntity({
  name: 'Alert',
  tableName: 'alert',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    subject: p.text(),
    severity: p.text().$type<Severity>(),
    cause: p.text(),
    cure: p.text(),
    detail: p.text(),
    raisedMs: p.type(Instant).name('raised_at'),
    raisedBy: p.text().nullable(),
    resolvedMs: p.type(Instant).name('resolved_at').nullable(),
    resolvedBy: p.text().nullable(),
  },
});
