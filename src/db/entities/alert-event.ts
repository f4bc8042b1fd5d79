import { defineEntity, p } from '@mikro-orm/core';
import type { AlertType } from '../../domain/alert.ts';
import { Instant } from './instant.ts';

/** An alert as it was when it was raised or resolved, in the order of events. */
export const AlertEventEntity = defineEntity({
  name: 'AlertEvent',
  tableName: 'alert_event',
  properties: {
    number: p.bigint('string').primary(),
    type: p.text().$type<AlertType>(),
    alert: p.json<Readonly<Record<string, unknown>>>().columnType('jsonb'),
    atMs: p.type(Instant).name('at'),
  },
});
