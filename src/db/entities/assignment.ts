import { defineEntity, type OptionalProps, p } from '@mikro-orm/core';
import { BY_THE_DATABASE } from './generated.ts';
import { Instant } from './instant.ts';
import { type Metadata, MetadataType } from './metadata.ts';
// biome-ignore lint/suspicious/noImportCycles: the two sides of a relation name each other, and are looked up later.
import { Stage } from './stage.ts';

const AssignmentSchema = defineEntity({
  name: 'Assignment',
  tableName: 'assignment',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    title: p.text(),
    timeZone: p.text().default('UTC'),
    externalId: p.text().nullable().strictNullable(),
    description: p.text().nullable().strictNullable(),
    metadata: p.type(MetadataType).columnType('jsonb').nullable().$type<Metadata>(),
    version: p.integer().generated(BY_THE_DATABASE),
    createdMs: p.type(Instant).name('created_at').generated(BY_THE_DATABASE),
    updatedMs: p.type(Instant).name('updated_at').generated(BY_THE_DATABASE),
    stages: () => p.oneToMany(Stage).mappedBy('assignment'),
  },
});
/** What owns stages. */
export class Assignment extends AssignmentSchema.class {
  declare [OptionalProps]?: 'version' | 'createdMs' | 'updatedMs';
  /** NULL is read as none. */
  declare metadata: Metadata;
}
AssignmentSchema.setClass(Assignment);
