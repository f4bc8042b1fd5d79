import { z } from 'zod';
import { HIGHEST_POSITION, type NewStage } from '../../commands/add-stage.ts';
import { dateFaults } from '../../commands/stage-dates.ts';
import { instant } from './instant.ts';
import { label } from './text.ts';
import { timeZone } from './time-zone.ts';

/** The bodies of requests. */

const MOST_STAGES = 500;
const position = z.int().min(0).max(HIGHEST_POSITION);
const date = instant.nullable();

const msOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** The dates are looked at together even where another field is at fault: all faults at once. */
const evenThen = { when: () => true };

export const newStage = z
  .strictObject({ name: label, position: position.optional(), start_date: date.optional(), end_date: date.optional() })
  .superRefine((stage, context) => {
    if (typeof stage !== 'object' || stage === null) return;
    const { start_date, end_date } = stage;
    // One that could not be read has its own fault already.
    const isUnread = (value: unknown) => value !== undefined && value !== null && typeof value !== 'number';
    if (isUnread(start_date) || isUnread(end_date)) return;
    const dates = { startMs: msOf(start_date), endMs: msOf(end_date) };
    for (const { pointer, detail } of dateFaults(dates, { start: true, end: true })) {
      context.addIssue({ code: 'custom', path: [pointer.slice(1)], message: detail });
    }
  }, evenThen);

export const newAssignment = z.strictObject({
  title: label,
  time_zone: timeZone.default('UTC'),
  stages: z.array(newStage).max(MOST_STAGES).default([]),
});

export const assignmentPatch = z.strictObject({ title: label.optional(), time_zone: timeZone.optional() });

export const stagePatch = z.strictObject({
  name: label.optional(),
  position: position.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
});

export function toNewStage(stage: z.output<typeof newStage>): NewStage {
  return {
    name: stage.name,
    position: stage.position,
    startMs: stage.start_date ?? null,
    endMs: stage.end_date ?? null,
  };
}
