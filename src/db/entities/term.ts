import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** The log of terms. */
export const TermEntity = defineEntity({
  name: 'Term',
  tableName: 'term',
  properties: {
    epoch: p.bigint('number').primary(),
    instance: p.text(),
    startedMs: p.type(Instant).columnType('timestamptz').name('started_at'),
    endedMs: p.type(Instant).columnType('timestamptz').name('ended_at').nullable(),
    endedBy: p.text().nullable(),
  },
});
