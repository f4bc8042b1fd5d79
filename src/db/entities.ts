import { defineEntity, p } from '@mikro-orm/core';

/**
 * The rows that the API edits. Status, version and updated_at are the triggers' to write
 * (db/migrations): the entities only read them.
 */
export const AssignmentSchema = defineEntity({
  name: 'Assignment',
  tableName: 'assignment',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    title: p.text(),
    timeZone: p.text().default('UTC'),
    externalId: p.text().nullable(),
    description: p.text().nullable(),
    metadata: p.json<Readonly<Record<string, unknown>> | null>().columnType('jsonb').nullable(),
    version: p.integer().persist(false),
    createdAt: p.datetime().length(3).persist(false),
    updatedAt: p.datetime().length(3).persist(false),
  },
});
export class Assignment extends AssignmentSchema.class {}
AssignmentSchema.setClass(Assignment);

export const StageSchema = defineEntity({
  name: 'Stage',
  tableName: 'stage',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    assignmentId: p.uuid(),
    name: p.text(),
    position: p.integer(),
    startDate: p.datetime().length(3).nullable(),
    endDate: p.datetime().length(3).nullable(),
    externalId: p.text().nullable(),
    description: p.text().nullable(),
    metadata: p.json<Readonly<Record<string, unknown>> | null>().columnType('jsonb').nullable(),
    status: p.text().persist(false),
    version: p.integer().persist(false),
    createdAt: p.datetime().length(3).persist(false),
    updatedAt: p.datetime().length(3).persist(false),
  },
});
export class Stage extends StageSchema.class {}
StageSchema.setClass(Stage);
