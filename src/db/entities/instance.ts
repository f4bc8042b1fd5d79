import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** An instance that lives, as it says itself. */
export const InstanceEntity = defineEntity({
  name: 'Instance',
  tableName: 'instance',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    version: p.text(),
    role: p.text(),
    leaseMs: p.integer(),
    settings: p.json<Readonly<Record<string, unknown>>>().columnType('jsonb'),
    host: p.text(),
    pid: p.integer(),
    clockOffsetMs: p.double().nullable(),
    troubles: p.json<readonly unknown[]>().columnType('jsonb'),
    startedMs: p.type(Instant).name('started_at'),
    seenMs: p.type(Instant).name('seen_at'),
  },
});
