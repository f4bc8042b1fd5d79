import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** Who leads: one row. */
export const LeadershipEntity = defineEntity({
  name: 'Leadership',
  tableName: 'leadership',
  properties: {
    epoch: p.bigint('number').primary(),
    onlyRow: p.boolean(),
    nonce: p.uuid(),
    instance: p.text().nullable(),
    sinceMs: p.type(Instant).name('since').nullable(),
    heartbeatMs: p.type(Instant).name('heartbeat_at').nullable(),
    leaseMs: p.integer(),
    deployment: p.uuid(),
    aliveEpoch: p.bigint('number').nullable(),
    backend: p.integer().nullable(),
  },
});
