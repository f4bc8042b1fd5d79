import { defineEntity, p } from '@mikro-orm/core';
import type { Fields } from '../../domain/change.ts';
import { Instant } from './instant.ts';

/** The record of edits, written by triggers. What it names may be gone, so it has ids and no relations. */
export const ChangeEntity = defineEntity({
  name: 'Change',
  tableName: 'change',
  properties: {
    /** Of the statement that made it. Where that stands in the order of events: ChangeCommitEntity. */
    statement: p.bigint('string').primary(),
    n: p.integer().primary(),
    stageId: p.uuid().nullable(),
    assignmentId: p.uuid(),
    action: p.text(),
    was: p.json<Fields>().columnType('jsonb').nullable(),
    became: p.json<Fields>().columnType('jsonb').nullable(),
    changedMs: p.type(Instant).name('changed_at'),
    batch: p.text(),
    instance: p.text().nullable(),
    actor: p.text().nullable(),
    role: p.text().nullable(),
    reason: p.text().nullable(),
  },
});
