import { z } from 'zod';
import { ALERT_TYPES, SEVERITIES } from '../../domain/alert.ts';
import { CHANGE_TYPES, EVENT_TYPES, STEP_TYPES } from '../../domain/event.ts';
import { CAUSES } from '../../domain/transition.ts';
import type { AlertJson, EventJson, StaleJson, TransitionJson } from '../../events/envelope.ts';
import { shownId, shownInstant, status } from './output.ts';

/**
 * What the record says: transitions, changes, and both as events. `satisfies` sees that a schema allows no more than the
 * type that is shown; the routes see that it allows no less.
 */

export const shownTransitionId = z
  .string()
  .regex(/^\d{19}$/)
  .meta({ description: 'Sorts in commit order, as text too.' });

const actor = z.string().nullable().meta({
  description:
    'The name of the API key, followed by the user that On-Behalf-Of named. For plain SQL: sql: and the database role. null: nobody is named.',
});
const role = z.string().nullable().meta({ description: 'The database role that wrote it.' });
const instance = z.string().nullable().meta({ description: 'The instance that did it; null: plain SQL.' });

export const transition = z
  .strictObject({
    id: shownTransitionId,
    stage_id: shownId,
    assignment_id: shownId,
    from: status,
    to: status,
    due_at: shownInstant
      .nullable()
      .meta({ description: 'The boundary crossed; null: a move backwards by an edit, which crosses none.' }),
    occurred_at: shownInstant.meta({ description: "By the database's clock; never before due_at." }),
    lateness_ms: z.number().nullable().meta({ description: 'The difference; null with due_at.' }),
    cause: z.enum(CAUSES).meta({
      description: 'timer: at its instant. sweep: missed, and caught up later. edit: by a change of the dates.',
    }),
    instance,
    term: z.int().nullable().meta({ description: 'The epoch of the term in which it was moved; null: by an edit.' }),
    actor,
    role,
  })
  .meta({ id: 'Transition' }) satisfies z.ZodType<TransitionJson>;

const recordedInstant = shownInstant.nullable().optional();
const text = z.string().nullable().optional();

/** As triggers write them (db/migrations/0007-changes/fields.ts). */
export const changedFields = z
  .strictObject({
    title: z.string().optional(),
    time_zone: z.string().optional(),
    assignment_id: shownId.optional(),
    name: z.string().optional(),
    position: z.int().optional(),
    start_date: recordedInstant,
    end_date: recordedInstant,
    external_id: text,
    description: text,
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: 'ChangedFields',
    description: 'The fields that differ; all fields when the row was created or deleted.',
  });

export const change = z
  .strictObject({
    was: changedFields.nullable().meta({ description: 'null: it was created.' }),
    became: changedFields.nullable().meta({ description: 'null: it was deleted.' }),
    actor,
    role,
    instance,
    reason: z.string().nullable().meta({ description: 'Why, in the words of the writer.' }),
    batch: z.string().meta({ description: 'Shared by all changes of one transaction.' }),
  })
  .meta({ id: 'Change' });

export const alert = z
  .strictObject({
    id: shownId,
    kind: z.string().meta({ description: 'What is wrong, in one stable word. docs/operations.md lists them.' }),
    subject: z.string().meta({ description: 'Which one, where there may be several of a kind; often empty.' }),
    severity: z.enum(SEVERITIES),
    cause: z.string(),
    cure: z.string(),
    detail: z.string().meta({ description: 'What the driver or the system said; may be empty.' }),
    raised_at: shownInstant.meta({ description: "When it began, by the database's clock." }),
    raised_by: z.string().nullable().meta({ description: 'The instance that raised it.' }),
    resolved_at: shownInstant.nullable().meta({ description: 'null: it still lasts.' }),
    resolved_by: z.string().nullable(),
  })
  .meta({ id: 'Alert' }) satisfies z.ZodType<AlertJson>;

const about = {
  assignment_id: shownId,
  stage_id: shownId.nullable().meta({ description: 'null: it is about the assignment itself.' }),
};

export const eventType = z.enum(EVENT_TYPES).meta({ id: 'EventType' });

const head = {
  id: z
    .string()
    .regex(/^\d{19}(-\d{10})?$/)
    .meta({
      description: "Sorts in the order of events, as text too. A transition's event has the transition's id.",
    }),
  timestamp: shownInstant,
};

/** The type tells which of the three it is, so that generated clients can tell as well. */
export const event = z
  .union([
    z
      .strictObject({ ...head, type: z.enum(CHANGE_TYPES), data: z.strictObject({ ...about, change }) })
      .meta({ id: 'ChangeEvent' }),
    z
      .strictObject({ ...head, type: z.enum(STEP_TYPES), data: z.strictObject({ ...about, transition }) })
      .meta({ id: 'TransitionEvent' }),
    z
      .strictObject({
        ...head,
        type: z.enum(ALERT_TYPES),
        data: z.strictObject({ assignment_id: z.null(), stage_id: z.null(), alert }),
      })
      .meta({ id: 'AlertEvent' }),
  ])
  .meta({
    id: 'Event',
    description: 'Made of its own row alone, so it is the same at every reading.',
  }) satisfies z.ZodType<EventJson>;

/** What a stream says when it goes on from somewhere else. openapi.json has no schemas for parts of a stream. */
export const stale = z.strictObject({
  code: z.enum(['events_pruned', 'events_ahead']),
  detail: z.string(),
  resume_at: z.string(),
}) satisfies z.ZodType<StaleJson>;
