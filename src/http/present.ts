import type { KnownTrouble } from '../base/health.ts';
import type { AssignmentWithStages } from '../commands/assignment-with-stages.ts';
import type { StuckStage } from '../db/leading/stuck.ts';
import type { AssignmentRow } from '../db/read/assignments.ts';
import type { ScheduleRow } from '../db/read/schedule.ts';
import type { StageRow } from '../db/read/stages.ts';
import type { Change, Fields } from '../domain/change.ts';
import { changeTypeOf, idOf, type RecordedEvent, stepOf } from '../domain/event.ts';
import { nextBoundary } from '../domain/stage.ts';
import type { Transition } from '../domain/transition.ts';
import type { AssignmentJson, AssignmentWithStagesJson, ScheduledBoundaryJson, StageJson } from './schema/output.ts';
import type { ChangeJson, EventJson, TransitionJson } from './schema/output-record.ts';
import type { StuckStageJson, TroubleJson } from './schema/output-service.ts';

/** Rows as the schemas of answers have them (schema/output.ts): snake_case, UTC with milliseconds. */

const FIRST_MS = Date.parse('1970-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('2199-12-31T23:59:59.999Z');

/**
 * SQL can write instants that no request may: infinite ones, and years of five digits. They are shown as the nearest
 * allowed instant, so that one such row does not make a whole list unreadable.
 */
export const iso = (ms: number): string => new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export function presentStage(stage: StageRow): StageJson {
  const next = nextBoundary(stage, stage.status);
  return {
    id: stage.id,
    external_id: stage.externalId,
    assignment_id: stage.assignmentId,
    name: stage.name,
    description: stage.description,
    position: stage.position,
    start_date: isoOrNull(stage.startMs),
    end_date: isoOrNull(stage.endMs),
    status: stage.status,
    effective_status: stage.effectiveStatus,
    next_transition: next === null ? null : { to: next.to, at: iso(next.atMs) },
    metadata: stage.metadata,
    version: stage.version,
    created_at: iso(stage.createdMs),
    updated_at: iso(stage.updatedMs),
  };
}

export function presentAssignment(assignment: AssignmentRow): AssignmentJson {
  return {
    id: assignment.id,
    external_id: assignment.externalId,
    title: assignment.title,
    description: assignment.description,
    time_zone: assignment.timeZone,
    metadata: assignment.metadata,
    version: assignment.version,
    created_at: iso(assignment.createdMs),
    updated_at: iso(assignment.updatedMs),
  };
}

export function presentWithStages(assignment: AssignmentWithStages): AssignmentWithStagesJson {
  const shown = { ...presentAssignment(assignment), stages: assignment.stages.map(presentStage) };
  // Said only when it is so: GET /v1/stages?assignment_id= has the rest.
  return assignment.isTruncated ? { ...shown, stages_truncated: true } : shown;
}

export const presentTransitionId = (number: string): string => idOf({ number, n: 0 });

export function presentTransition(transition: Transition): TransitionJson {
  const { dueMs, occurredMs } = transition;
  return {
    id: presentTransitionId(transition.id),
    stage_id: transition.stageId,
    assignment_id: transition.assignmentId,
    from: transition.from,
    to: transition.to,
    due_at: isoOrNull(dueMs),
    occurred_at: iso(occurredMs),
    lateness_ms: dueMs === null || !Number.isFinite(occurredMs - dueMs) ? null : occurredMs - dueMs,
    cause: transition.cause,
    instance: transition.instance,
    term: transition.term,
    actor: transition.actor,
    role: transition.role,
  };
}

/** Made of its own row alone, so that it is the same at every reading. */
export function presentEvent({ place, transition, change }: RecordedEvent): EventJson {
  const id = idOf(place);
  const { assignmentId: assignment_id, stageId: stage_id } = transition ?? change;
  const about = { assignment_id, stage_id };
  if (transition === undefined) {
    const data = { ...about, change: presentChange(change) };
    return { id, type: changeTypeOf(change), timestamp: iso(change.changedMs), data };
  }
  const data = { ...about, transition: presentTransition(transition) };
  return { id, type: stepOf(transition), timestamp: iso(transition.occurredMs), data };
}

function presentChange({ was, became, actor, role, instance, reason, batch }: Change): ChangeJson {
  return { was: presentFields(was), became: presentFields(became), actor, role, instance, reason, batch };
}

const INSTANTS = ['start_date', 'end_date'];
/** As the row itself is shown: a reader that keeps a copy by its changes has what a GET answers. */
function presentFields(fields: Fields | null): ChangeJson['was'] {
  if (fields === null) return null;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, presentField(name, value)]));
}

function presentField(name: string, value: unknown): unknown {
  if (name === 'metadata') return value ?? {};
  // PostgreSQL writes an instant in JSON with an offset, and leaves out zeros.
  return INSTANTS.includes(name) && typeof value === 'string' ? iso(Date.parse(value)) : value;
}

export function presentSchedule({ atMs, to, stages }: ScheduleRow): ScheduledBoundaryJson {
  return { at: iso(atMs), stages, to };
}

export function presentTrouble({ part, cause, cure, detail, sinceMs }: KnownTrouble): TroubleJson {
  return { part, cause, cure, since: iso(sinceMs), ...(detail === '' ? {} : { detail }) };
}

export function presentStuck({ id, code, reason }: StuckStage): StuckStageJson {
  return { stage_id: id, code, error: reason };
}
