import { defineEntity, type OptionalProps, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

export const WEBHOOK_STATES = ['active', 'paused', 'disabled'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    url: p.text(),
    description: p.text().nullable().strictNullable(),
    types: p.array<string>().columnType('text[]').nullable().strictNullable(),
    assignmentId: p.uuid().nullable().strictNullable(),
    stageId: p.uuid().nullable().strictNullable(),
    secret: p.text().hidden(),
    previousSecret: p.text().nullable().strictNullable().hidden(),
    previousUntilMs: p.type(Instant).name('previous_until').nullable().strictNullable(),
    state: p.text().$type<WebhookState>().default('active'),
    stateReason: p.text().nullable().strictNullable(),
    stateSinceMs: p.type(Instant).name('state_since').defaultRaw('clock_timestamp()'),
    readTo: p.bigint('string'),
    readN: p.integer(),
    replayTo: p.bigint('string').nullable().strictNullable(),
    replayN: p.integer().nullable().strictNullable(),
    resumeTo: p.bigint('string').nullable().strictNullable(),
    resumeN: p.integer().nullable().strictNullable(),
    failures: p.integer().default(0),
    failingSinceMs: p.type(Instant).name('failing_since').nullable().strictNullable(),
    retryMs: p.type(Instant).name('retry_at').nullable().strictNullable(),
    owner: p.uuid().nullable().strictNullable(),
    ownedUntilMs: p.type(Instant).name('owned_until').nullable().strictNullable(),
    version: p.integer().default(1),
    createdMs: p.type(Instant).name('created_at').defaultRaw('clock_timestamp()'),
    updatedMs: p.type(Instant).name('updated_at').defaultRaw('clock_timestamp()'),
  },
});
/** Who is told of events, and how far. What delivers writes its own columns in SQL (src/webhooks). */
export class Webhook extends WebhookSchema.class {
  declare [OptionalProps]?: 'state' | 'stateSinceMs' | 'failures' | 'version' | 'createdMs' | 'updatedMs';
}
WebhookSchema.setClass(Webhook);
