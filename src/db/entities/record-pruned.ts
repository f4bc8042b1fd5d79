import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** Up to where the record was pruned: one row. */
export const RecordPrunedEntity = defineEntity({
  name: 'RecordPruned',
  tableName: 'record_pruned',
  properties: {
    onlyRow: p.boolean().primary(),
    upTo: p.bigint('string'),
    n: p.integer(),
    prunedMs: p.type(Instant).name('pruned_at'),
  },
});
