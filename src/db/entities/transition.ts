import { defineEntity, p } from '@mikro-orm/core';
import { Instant } from './instant.ts';

/** The record of changes of status. What it names may be gone, so it has ids and no relations. */
export const TransitionEntity = defineEntity({
  name: 'Transition',
  tableName: 'transition',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    stageId: p.uuid(),
    assignmentId: p.uuid(),
    from: p.text().name('from_status'),
    to: p.text().name('to_status'),
    dueMs: p.type(Instant).name('due_at').nullable(),
    occurredMs: p.type(Instant).name('occurred_at'),
    cause: p.text(),
    instance: p.text().nullable(),
    term: p.bigint('number').nullable(),
    actor: p.text().nullable(),
    role: p.text().nullable(),
  },
});
