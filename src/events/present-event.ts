import type { Alert } from '../domain/alert.ts';
import type { Change, Fields } from '../domain/change.ts';
import { changeTypeOf, idOf, type RecordedEvent, stepOf } from '../domain/event.ts';
import { iso, isoOrNull } from '../domain/iso.ts';
import type { Transition } from '../domain/transition.ts';
import type { AlertJson, ChangedFieldsJson, ChangeJson, EventJson, TransitionJson } from './envelope.ts';

/** The public envelope. Made of its own row alone, so that it is the same at every reading. */
export function presentEvent({ place, transition, change, alert }: RecordedEvent): EventJson {
  const id = idOf(place);
  if (alert !== undefined) {
    const data = { assignment_id: null, stage_id: null, alert: presentAlert(alert) };
    return { id, type: alert.type, timestamp: iso(alert.atMs), data };
  }
  const { assignmentId: assignment_id, stageId: stage_id } = transition ?? change;
  const about = { assignment_id, stage_id };
  if (transition === undefined) {
    const data = { ...about, change: presentChange(change) };
    return { id, type: changeTypeOf(change), timestamp: iso(change.changedMs), data };
  }
  const data = { ...about, transition: presentTransition(transition) };
  return { id, type: stepOf(transition), timestamp: iso(transition.occurredMs), data };
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

export function presentAlert({ raisedMs, raisedBy, resolvedMs, resolvedBy, ...alert }: Alert): AlertJson {
  const { id, kind, subject, severity, cause, cure, detail } = alert;
  const times = {
    raised_at: iso(raisedMs),
    raised_by: raisedBy,
    resolved_at: isoOrNull(resolvedMs),
    resolved_by: resolvedBy,
  };
  return { id, kind, subject, severity, cause, cure, detail, ...times };
}

function presentChange({ was, became, actor, role, instance, reason, batch }: Change): ChangeJson {
  return { was: presentFields(was), became: presentFields(became), actor, role, instance, reason, batch };
}

const INSTANTS = ['start_date', 'end_date'];
/** As the row itself is shown: a reader that keeps a copy by its changes has what a GET answers. */
function presentFields(fields: Fields | null): ChangedFieldsJson | null {
  if (fields === null) return null;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, presentField(name, value)]));
}

function presentField(name: string, value: unknown): unknown {
  if (name === 'metadata') return value ?? {};
  // PostgreSQL writes an instant in JSON with an offset, and leaves out zeros.
  return INSTANTS.includes(name) && typeof value === 'string' ? iso(Date.parse(value)) : value;
}
