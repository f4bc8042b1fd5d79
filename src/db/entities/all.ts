import type { EntityName } from '@mikro-orm/core';
import { AlertEntity } from './alert.ts';
import { AlertEventEntity } from './alert-event.ts';
import { ApiKeyEntity } from './api-key.ts';
import { Assignment } from './assignment.ts';
import { CalendarTokenEntity } from './calendar-token.ts';
import { ChangeEntity } from './change.ts';
import { ChangeCommitEntity } from './change-commit.ts';
import { IdempotencyEntity } from './idempotency.ts';
import { InstanceEntity } from './instance.ts';
import { LeadershipEntity } from './leadership.ts';
import { RecordConsumerEntity } from './record-consumer.ts';
import { RecordPrunedEntity } from './record-pruned.ts';
import { Stage } from './stage.ts';
import { TermEntity } from './term.ts';
import { TransitionEntity } from './transition.ts';
import { Webhook } from './webhook.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.ts';

/**
 * The tables as MikroORM knows them; the migrations make them, and test/db/entities.test.ts holds the two together.
 * A relation stands where the database has a foreign key.
 *
 * Not here are tables whose rows nobody reads: `edit` is a note that a transaction leaves for its own COMMIT, the rows
 * of `batch_slot` are there to be locked, and `record_gate` and `change_gate` have none.
 */
export const ENTITIES: EntityName[] = [
  Assignment,
  Stage,
  TransitionEntity,
  ChangeEntity,
  ChangeCommitEntity,
  RecordPrunedEntity,
  RecordConsumerEntity,
  LeadershipEntity,
  TermEntity,
  InstanceEntity,
  AlertEntity,
  AlertEventEntity,
  ApiKeyEntity,
  IdempotencyEntity,
  CalendarTokenEntity,
  Webhook,
  WebhookDeliveryEntity,
];
