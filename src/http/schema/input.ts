import { z } from 'zod';
import { HIGHEST_POSITION, type NewStage } from '../../commands/add-stage.ts';
import { dateFaults } from '../../commands/stage-dates.ts';
import { Instant, instant } from './instant.ts';
import { label, reason } from './text.ts';
import { timeZone } from './time-zone.ts';

/** The bodies of requests. */

const MOST_STAGES = 500;
const position = z.int().min(0).max(HIGHEST_POSITION);
const date = instant.nullable();

/** Epoch milliseconds; null for no date, undefined where none is given. */
export const msOf = (date: Instant | null | undefined): number | null | undefined =>
  date instanceof Instant ? date.ms : date;

/** The dates are looked at together even where another field is at fault: all faults at once. */
const evenThen = { when: () => true };

const stageFields = {
  name: label,
  position: position.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
};

/** Of a call that needs nothing but may say why. */
export const becauseOf = z.strictObject({ reason: reason.optional() });

export const newStage = z.strictObject(stageFields).superRefine(checkDates, evenThen);
/** One by itself, and why it is added. */
export const addedStage = z
  .strictObject({ ...stageFields, reason: reason.optional() })
  .superRefine(checkDates, evenThen);

function checkDates(
  stage: { start_date?: Instant | null | undefined; end_date?: Instant | null | undefined },
  context: z.RefinementCtx,
): void {
  if (typeof stage !== 'object' || stage === null) return;
  const { start_date, end_date } = stage;
  // One that could not be read has its own fault already. What is here then is what came in, of any type.
  const isUnread = (value: unknown) => value !== undefined && value !== null && !(value instanceof Instant);
  if (isUnread(start_date) || isUnread(end_date)) return;
  const dates = { startMs: msOf(start_date) ?? null, endMs: msOf(end_date) ?? null };
  for (const { pointer, detail } of dateFaults(dates, { start: true, end: true })) {
    context.addIssue({ code: 'custom', path: [pointer.slice(1)], message: detail });
  }
}

export const newAssignment = z.strictObject({
  title: label,
  time_zone: timeZone.default('UTC'),
  reason: reason.optional(),
  // Counted before any of them is looked at.
  stages: z
    .array(z.unknown())
    .refine(({ length }) => length <= MOST_STAGES, `has more than ${MOST_STAGES} entries: split the request`)
    .pipe(z.array(newStage))
    .default([]),
});

export const assignmentPatch = z.strictObject({
  title: label.optional(),
  time_zone: timeZone.optional(),
  reason: reason.optional(),
});

export const stagePatch = z.strictObject({
  name: label.optional(),
  position: position.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
  reason: reason.optional(),
});

export function toNewStage(stage: z.output<typeof newStage>): NewStage {
  return {
    name: stage.name,
    position: stage.position,
    startMs: msOf(stage.start_date) ?? null,
    endMs: msOf(stage.end_date) ?? null,
  };
}
