import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

export const DELIVERY_STATES = ['pending', 'succeeded', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event for one webhook. There are many, so they are written in sets, by SQL (src/webhooks). */
export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    webhookId: p.uuid(),
    number: p.bigint('string'),
    n: p.integer(),
    type: p.text(),
    about: p.uuid(),
    body: p.text().nullable(),
    state: p.text().$type<DeliveryState>().default('pending'),
    attempts: p.integer().default(0),
    firstAttemptMs: p.type(Instant).name('first_attempt_at').nullable(),
    nextAttemptMs: p.type(Instant).name('next_attempt_at').nullable().defaultRaw('clock_timestamp()'),
    status: p.integer().nullable(),
    answer: p.text().nullable(),
    error: p.text().nullable(),
    tookMs: p.double().name('took_ms').nullable(),
    log: p.json<readonly unknown[]>().columnType('jsonb').defaultRaw(`'[]'`),
    createdMs: p.type(Instant).name('created_at').defaultRaw('clock_timestamp()'),
    doneMs: p.type(Instant).name('done_at').nullable(),
  },
});
