import type { AlertType, Severity } from '../domain/alert.ts';
import type { ChangeType, StepType } from '../domain/event.ts';
import type { Status } from '../domain/stage.ts';
import type { Cause } from '../domain/transition.ts';

/**
 * An event as every consumer sees it: in a page, in a stream, as the body of a webhook. The schemas of HTTP
 * (http/schema/output-record.ts) describe these types, and the type checker compares the two.
 */
export type EventJson = ChangeEventJson | TransitionEventJson | AlertEventJson;

interface Head<Type extends string, Data> {
  id: string;
  type: Type;
  timestamp: string;
  data: Data;
}
interface About {
  assignment_id: string;
  stage_id: string | null;
}
export type ChangeEventJson = Head<ChangeType, About & { change: ChangeJson }>;
export type TransitionEventJson = Head<StepType, About & { transition: TransitionJson }>;
export type AlertEventJson = Head<AlertType, { assignment_id: null; stage_id: null; alert: AlertJson }>;

export interface AlertJson {
  id: string;
  kind: string;
  subject: string;
  severity: Severity;
  cause: string;
  cure: string;
  detail: string;
  raised_at: string;
  raised_by: string | null;
  resolved_at: string | null;
  resolved_by: string | null;
}

/** What a stream says when some events are missing. */
export interface StaleJson {
  code: 'events_pruned' | 'events_ahead';
  detail: string;
  /** It goes on behind this id. */
  resume_at: string;
}

export interface TransitionJson {
  id: string;
  stage_id: string;
  assignment_id: string;
  from: Status;
  to: Status;
  due_at: string | null;
  occurred_at: string;
  lateness_ms: number | null;
  cause: Cause;
  instance: string | null;
  term: number | null;
  actor: string | null;
  role: string | null;
}

export interface ChangeJson {
  was: ChangedFieldsJson | null;
  became: ChangedFieldsJson | null;
  actor: string | null;
  role: string | null;
  instance: string | null;
  reason: string | null;
  batch: string;
}

export interface ChangedFieldsJson {
  title?: string | undefined;
  time_zone?: string | undefined;
  assignment_id?: string | undefined;
  name?: string | undefined;
  position?: number | undefined;
  start_date?: string | null | undefined;
  end_date?: string | null | undefined;
  external_id?: string | null | undefined;
  description?: string | null | undefined;
  metadata?: Record<string, unknown> | undefined;
}
