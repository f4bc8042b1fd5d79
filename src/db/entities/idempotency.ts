import { defineEntity, p } from '@mikro-orm/core';
import { BY_THE_DATABASE } from './generated.ts';
import { Instant } from './instant.ts';

/** What a request with an Idempotency-Key was answered. */
export const IdempotencyEntity = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  properties: {
    caller: p.text().primary(),
    key: p.text().primary(),
    route: p.text(),
    request: p.text(),
    status: p.integer(),
    headers: p.json<Readonly<Record<string, string>>>().columnType('jsonb'),
    answer: p.text(),
    createdMs: p.type(Instant).name('created_at').generated(BY_THE_DATABASE),
  },
});
