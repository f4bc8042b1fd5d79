import { defineEntity, type OptionalProps, p } from '@mikro-orm/core';
import type { Status } from '../../domain/stage.ts';
// biome-ignore lint/suspicious/noImportCycles: the two sides of a relation name each other, and are looked up later.
import { Assignment } from './assignment.ts';
import { BY_THE_DATABASE } from './generated.ts';
import { Instant } from './instant.ts';
import { type Metadata, MetadataType } from './metadata.ts';

const StageSchema = defineEntity({
  name: 'Stage',
  tableName: 'stage',
  properties: {
    id: p.uuid().primary().defaultRaw('time_ordered_uuid()'),
    assignment: () => p.manyToOne(Assignment),
    name: p.text(),
    position: p.integer().default(0),
    startMs: p.type(Instant).name('start_date').nullable().strictNullable(),
    endMs: p.type(Instant).name('end_date').nullable().strictNullable(),
    externalId: p.text().nullable().strictNullable(),
    description: p.text().nullable().strictNullable(),
    metadata: p.type(MetadataType).columnType('jsonb').nullable().$type<Metadata>(),
    status: p.text().generated(BY_THE_DATABASE).$type<Status>(),
    version: p.integer().generated(BY_THE_DATABASE),
    createdMs: p.type(Instant).name('created_at').generated(BY_THE_DATABASE),
    updatedMs: p.type(Instant).name('updated_at').generated(BY_THE_DATABASE),
  },
});
/** Its status is derived by the database from its two dates. */
export class Stage extends StageSchema.class {
  declare [OptionalProps]?: 'status' | 'version' | 'createdMs' | 'updatedMs';
  /** NULL is read as none. */
  declare metadata: Metadata;
}
StageSchema.setClass(Stage);
