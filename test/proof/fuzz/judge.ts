import type { Json } from '../../http/support.ts';
import { faultOf as faultByRoute } from '../../support/answers.ts';
import type { ReplayedChange } from '../checker/replay.ts';
import type { Answer, Request } from './wire.ts';

/** What is wrong with an answer, whatever was asked; null when nothing is. */
export function faultOf(answer: Answer): string | null {
  const { status, headers, body } = answer;
  if (!(status >= 200 && status < 600)) return `the status is ${status}`;
  if (status >= 500 && status !== 501) return `answers ${status}: ${body.slice(0, 300)}`;
  if ((headers.get('x-request-id') ?? '') === '') return 'the answer has no X-Request-Id';
  if (status < 400) return null;
  if (body === '' && headers.get('content-length') !== '0') return null; // HEAD
  if (headers.get('content-type') !== 'application/problem+json') return `${status} is not problem+json`;
  const problem = parsed(body);
  if (
    problem?.status !== status ||
    problem.request_id !== headers.get('x-request-id') ||
    !problem.code ||
    !problem.detail
  ) {
    return `is no whole problem: ${body.slice(0, 300)}`;
  }
  if (body.length > 100_000) return `a problem of ${body.length} characters`;
  return /\bat .*\.ts:\d|node_modules|SELECT |INSERT /.test(body) ? `tells of its inside: ${body.slice(0, 300)}` : null;
}

/** What is wrong with an answer to this request; null when nothing is. */
export function faultInAnswer({ method, target }: Request, answer: Answer): string | null {
  const { status, headers, body } = answer;
  const header = (name: string) => headers.get(name.toLowerCase()) ?? null;
  return faultOf(answer) ?? faultByRoute({ method, target, status, header, text: body });
}

const AS_OBJECTS = new Set(['stages', 'metadata']);
const NOT_A_CURSOR = new Set(['position', 'external_id', 'description']);

/** Whether an edit that succeeded says what was asked for. */
export function saysOtherwise(request: Request, answer: Answer): string | null {
  const [asked, said] = [parsed(request.body ?? ''), parsed(answer.body)];
  // Edits of many are answered one by one.
  if (asked?.edits !== undefined) return null;
  if (answer.status >= 300 || asked === null || said === null || !/^(POST|PATCH)$/.test(request.method)) return null;
  const stages: [Json, Json][] = (asked.stages ?? []).map((stage: Json, i: number) => [
    stage,
    placed(said.stages, stage, i),
  ]);
  for (const [want, got] of [[asked, said] as [Json, Json], ...stages]) {
    for (const [field, value] of Object.entries(want as Record<string, Json>)) {
      if (AS_OBJECTS.has(field)) continue;
      const isDate = field.endsWith('_date') && value !== null;
      const expected = isDate
        ? ceilingOf(value)
        : NOT_A_CURSOR.has(field) || value === null
          ? value
          : String(value).trim();
      const shown = isDate ? Date.parse(got?.[field]) : got?.[field];
      const isZone = field === 'time_zone' && String(shown).toLowerCase() === String(expected).toLowerCase();
      if (shown !== expected && !isZone) return `${field} was asked to be ${value} and is ${got?.[field]}`;
    }
  }
  return null;
}

/** Stages are shown by position, and asked for in any order. */
function placed(stages: readonly Json[], { name, position }: Json, i: number): Json {
  return stages.find((stage) => stage.name === String(name).trim() && stage.position === (position ?? i));
}

/** Finer than a millisecond is rounded up; Date cuts it off. */
function ceilingOf(text: string): number {
  const fraction = /\.\d{3}(\d+)/.exec(text)?.[1] ?? '';
  return Date.parse(text) + (/[1-9]/.test(fraction) ? 1 : 0);
}

export function parsed(text: string): Json | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The changes among all events, which must come in order and once each. */
export function changesIn(events: readonly Json[]): ReplayedChange[] {
  const astray = events.findIndex(({ id }, i) => i > 0 && id <= events[i - 1].id);
  if (astray >= 0) throw new Error(`event ${events[astray].id} comes behind ${events[astray - 1].id}`);
  return events
    .filter(({ data }) => data.change !== undefined)
    .map(({ data }) => ({ ...data.change, id: data.stage_id ?? data.assignment_id }));
}

/** Everything that a broken chain of transitions looks like, over all that is on the record. */
export function brokenChains(transitions: readonly Json[], stages: readonly Json[]): string[] {
  const faults: string[] = [];
  const last = new Map<string, string>();
  let lastId = '';
  for (const { id, stage_id, from, to, due_at, occurred_at } of transitions) {
    if (id <= lastId) faults.push(`transition ${id} comes behind ${lastId}`);
    lastId = id;
    if ((last.get(stage_id) ?? 'pending') !== from)
      faults.push(`transition ${id} leaves ${from}, which ${stage_id} was not`);
    if (due_at !== null && occurred_at < due_at) faults.push(`transition ${id} is early`);
    last.set(stage_id, to);
  }
  for (const { id, status, effective_status } of stages) {
    if ((last.get(id) ?? 'pending') !== status)
      faults.push(`stage ${id} is ${status}, and the record says ${last.get(id)}`);
    if (status !== effective_status) faults.push(`stage ${id} is ${status}, and its dates say ${effective_status}`);
  }
  return faults;
}
