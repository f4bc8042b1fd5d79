import { z } from 'zod';
import { HIGHEST_POSITION, type NewStage } from '../../commands/add-stage.ts';
import type { BesideChanges } from '../../commands/beside.ts';
import type { StageChanges } from '../../commands/stage-changes.ts';
import { dateFaults } from '../../commands/stage-dates.ts';
import { uuid } from './asked.ts';
import { besideFields, toBeside } from './beside.ts';
import { Instant, instant } from './instant.ts';
import { label, reason } from './text.ts';
import { timeZone } from './time-zone.ts';

/** The bodies of requests. */

export const MOST_STAGES = 500;
const position = z
  .int()
  .min(0)
  .max(HIGHEST_POSITION)
  .meta({ description: 'Its place among the stages of its assignment, lowest first.' });
const date = instant.nullable();
const startDate = date.meta({ description: 'When it becomes active; null: not planned yet.' });
const endDate = date.meta({ description: 'When it is completed, later than start_date; null: open-ended.' });

/** Epoch milliseconds; null for no date, undefined where none is given. */
const msOf = (date: Instant | null | undefined): number | null | undefined =>
  date instanceof Instant ? date.ms : date;

/** The two dates are compared even if another field is wrong, so that all faults are reported at once. */
const always = { when: () => true };

export const stageFields = {
  name: label,
  position: position.optional(),
  start_date: startDate.optional(),
  end_date: endDate.optional(),
  ...besideFields,
};

/** The part of checkDates that JSON Schema can express. */
const datesRule: { override: Record<string, unknown> } = {
  override: {
    if: { required: ['end_date'], properties: { end_date: { type: 'string' } } },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so.
    then: { required: ['start_date'], properties: { start_date: { type: 'string' } } },
  },
};

/** The body of a call that needs nothing, but may give a reason. */
export const becauseOf = z.strictObject({ reason: reason.optional() }).meta({ id: 'Because' });

export const newStage = z
  .strictObject(stageFields)
  .superRefine(checkDates, always)
  .meta({
    ...datesRule,
    id: 'NewStage',
    unusedIO: 'input',
    description: 'end_date needs a start_date, and must be later.',
  });
/** A single stage, and the reason for adding it. */
export const addedStage = z
  .strictObject({ ...stageFields, reason: reason.optional() })
  .superRefine(checkDates, always)
  .meta({ ...datesRule, id: 'AddedStage', description: 'end_date needs a start_date, and must be later.' });

function checkDates(
  stage: { start_date?: Instant | null | undefined; end_date?: Instant | null | undefined },
  context: z.RefinementCtx,
): void {
  if (typeof stage !== 'object' || stage === null) return;
  const { start_date, end_date } = stage;
  // A date that could not be read has its own fault already. It is still here as it came in, of any type.
  const isUnread = (value: unknown) => value !== undefined && value !== null && !(value instanceof Instant);
  if (isUnread(start_date) || isUnread(end_date)) return;
  const dates = { startMs: msOf(start_date) ?? null, endMs: msOf(end_date) ?? null };
  for (const { pointer, detail } of dateFaults(dates, { start: true, end: true })) {
    context.addIssue({ code: 'custom', path: [pointer.slice(1)], message: detail });
  }
}

export const newAssignment = z
  .strictObject({
    title: label,
    // Not default(), which openapi.json would not show.
    time_zone: timeZone.prefault('UTC'),
    ...besideFields,
    reason: reason.optional(),
    // Counted before they are parsed.
    stages: z
      .array(z.unknown())
      .refine(({ length }) => length <= MOST_STAGES, `has more than ${MOST_STAGES} entries: split the request`)
      .pipe(z.array(newStage))
      .meta({
        override: { type: 'array', maxItems: MOST_STAGES, items: { $ref: '#/components/schemas/NewStage' } },
        description: 'position defaults to the order in this list.',
      })
      .prefault([]),
  })
  .meta({ id: 'NewAssignment' });

export const assignmentPatch = z
  .strictObject({
    title: label.optional(),
    time_zone: timeZone.optional(),
    ...besideFields,
    reason: reason.optional(),
  })
  .meta({ id: 'AssignmentPatch' });

export const stageEdit = { ...stageFields, name: label.optional(), assignment_id: uuid.optional() };
export const stagePatch = z.strictObject({ ...stageEdit, reason: reason.optional() }).meta({
  id: 'StagePatch',
  description: 'end_date must be later than start_date, also when only one of them is given.',
});

export function toStageChanges(body: z.output<z.ZodObject<typeof stageEdit>>): StageChanges {
  const { assignment_id: assignmentId, name, position, start_date, end_date } = body;
  return { assignmentId, name, position, startMs: msOf(start_date), endMs: msOf(end_date), ...toBeside(body) };
}

export function toNewStage(stage: z.output<typeof newStage>): NewStage {
  return {
    name: stage.name,
    position: stage.position,
    startMs: msOf(stage.start_date) ?? null,
    endMs: msOf(stage.end_date) ?? null,
    ...toBeside(stage),
  };
}

/** The fields of the assignment itself. */
export function toAssignment<Body extends { title?: unknown; time_zone?: unknown }>(
  body: Body & z.output<z.ZodObject<typeof besideFields>>,
): BesideChanges & { title: Body['title']; timeZone: Body['time_zone'] } {
  return { title: body.title, timeZone: body.time_zone, ...toBeside(body) };
}
