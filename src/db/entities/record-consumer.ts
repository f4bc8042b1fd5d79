import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** A program that reads the record for good, and how far it has come. */
export const RecordConsumerEntity = defineEntity({
  name: 'RecordConsumer',
  tableName: 'record_consumer',
  properties: {
    name: p.text().primary(),
    readTo: p.bigint('string').default('0'),
    seenMs: p.type(Instant).name('seen_at').defaultRaw('clock_timestamp()'),
  },
});
