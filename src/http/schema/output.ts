import { z } from 'zod';
import { STATUSES } from '../../domain/stage.ts';

/** The bodies of answers: present.ts makes them, and openapi.json shows them. */

/** UTC with milliseconds. */
export const shownInstant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ id: 'Instant', override: { format: 'date-time' }, description: 'UTC with milliseconds.' });

/** Any UUID: SQL may write those of every version. */
export const shownId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .meta({ id: 'Id', override: { format: 'uuid' } });

export const status = z.enum(STATUSES).meta({ id: 'Status', description: 'It is derived from the dates.' });

const beside = {
  external_id: z.string().nullable().meta({ description: 'Its id in another system.' }),
  description: z.string().nullable(),
  // SQL can write values of other kinds.
  metadata: z.record(z.string(), z.unknown()).meta({ description: 'Texts by name; empty by default.' }),
};

const version = z.int().meta({ description: 'Raised by each change. It is the ETag, without the quotes.' });

export const stage = z
  .strictObject({
    id: shownId,
    assignment_id: shownId,
    name: z.string(),
    ...beside,
    position: z.int().meta({ description: 'Its place among the stages of its assignment, lowest first.' }),
    start_date: shownInstant.nullable().meta({ description: 'When it becomes active; null: not planned yet.' }),
    end_date: shownInstant.nullable().meta({ description: 'When it is completed; null: open-ended.' }),
    status: status.meta({ description: 'The recorded status.' }),
    effective_status: status.meta({
      description:
        "What the dates say at this read, by the database's clock. It differs from status only while a transition is being applied, or while nobody leads.",
    }),
    next_transition: z
      .strictObject({ to: z.enum(['active', 'completed']), at: shownInstant })
      .nullable()
      .meta({ description: 'The next boundary; null: there is none.' }),
    version,
    created_at: shownInstant,
    updated_at: shownInstant,
  })
  .meta({ id: 'Stage' });

const assignmentFields = {
  id: shownId,
  title: z.string(),
  ...beside,
  time_zone: z.string().meta({ description: 'An IANA name, for people who read the dates. It moves no instant.' }),
  version,
  created_at: shownInstant,
  updated_at: shownInstant,
};

export const assignment = z.strictObject(assignmentFields).meta({ id: 'Assignment' });

const withStages = {
  ...assignmentFields,
  stages: z.array(stage).max(1000).meta({ description: 'By position.' }),
  stages_truncated: z
    .literal(true)
    .optional()
    .meta({ description: 'There are more stages: GET /v1/stages?assignment_id= has them.' }),
};

export const assignmentWithStages = z.strictObject(withStages).meta({ id: 'AssignmentWithStages' });

const ids = z.array(shownId);
export const putAssignmentAnswer = z
  .strictObject({
    ...withStages,
    changes: z
      .strictObject({
        assignment: z.enum(['created', 'edited', 'unchanged']).meta({ description: 'Its own fields.' }),
        stages: z.strictObject({ created: ids, edited: ids, deleted: ids, unchanged: z.int() }),
      })
      .meta({ id: 'PutChanges', description: 'What was done to reach this state.' }),
  })
  .meta({ id: 'PutAssignment' });

export const editedStages = z
  .strictObject({ items: z.array(z.strictObject({ before: stage, after: stage })).max(1000) })
  .meta({ id: 'EditedStages' });

export const scheduledBoundary = z
  .strictObject({
    at: shownInstant,
    stages: z.int().min(1).meta({ description: 'The number of stages that cross it.' }),
    to: z.enum(['active', 'completed']),
  })
  .meta({ id: 'ScheduledBoundary' });

/** A page of any list. @param id the name of its schema in openapi.json */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .strictObject({
      items: z.array(item).max(500),
      next_cursor: z
        .string()
        .nullable()
        .meta({ description: 'Send it back as cursor, with the other parameters as they were. null: the last page.' }),
    })
    .meta({ id });

export type StageJson = z.output<typeof stage>;
export type AssignmentJson = z.output<typeof assignment>;
export type AssignmentWithStagesJson = z.output<typeof assignmentWithStages>;
export type ScheduledBoundaryJson = z.output<typeof scheduledBoundary>;
