import type { KnownTrouble } from '../base/health.ts';
import type { AssignmentWithStages } from '../commands/assignment-with-stages.ts';
import type { StuckStage } from '../db/leading/stuck.ts';
import type { AssignmentRow } from '../db/read/assignments.ts';
import type { ScheduleRow } from '../db/read/schedule.ts';
import type { StageRow } from '../db/read/stages.ts';
import { iso, isoOrNull } from '../domain/iso.ts';
import { nextBoundary } from '../domain/stage.ts';
import type { AssignmentJson, AssignmentWithStagesJson, ScheduledBoundaryJson, StageJson } from './schema/output.ts';
import type { StuckStageJson, TroubleJson } from './schema/output-service.ts';

/** Rows as the schemas of answers have them (schema/output.ts): snake_case, UTC with milliseconds. */

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

export function presentSchedule({ atMs, to, stages }: ScheduleRow): ScheduledBoundaryJson {
  return { at: iso(atMs), stages, to };
}

export function presentTrouble({ part, cause, cure, detail, sinceMs }: KnownTrouble): TroubleJson {
  return { part, cause, cure, since: iso(sinceMs), ...(detail === '' ? {} : { detail }) };
}

export function presentStuck({ id, code, reason }: StuckStage): StuckStageJson {
  return { stage_id: id, code, error: reason };
}
