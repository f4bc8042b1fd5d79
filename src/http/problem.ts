import { STATUS_CODES } from 'node:http';
import { type Fault, FaultsError, LostPlaceError, StagebellError } from '../base/errors.ts';
import { SQLSTATE } from '../base/sqlstate.ts';
import { InFlightError } from '../commands/once-only.ts';
import { sqlStateOf } from '../commands/refusals.ts';
import { isUnavailable } from '../db/faults.ts';
import { troubleOf } from '../db/troubles.ts';
import { HttpRefusal } from './http-refusals.ts';
import type { ProblemCode, ProblemJson } from './schema/output-problem.ts';

/** An RFC 9457 problem, without the request's id. */
export interface Problem {
  status: number;
  code: ProblemCode;
  detail: string;
  errors?: readonly Fault[];
  /** For a reader of events that has lost its place. */
  resumeAt?: string;
  headers: Readonly<Record<string, string>>;
  /** Unexpected, so it must be logged. */
  isBug: boolean;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Timed out, cancelled, deadlocked, or waited too long for a lock: the same request may succeed a moment later. */
const { cancelled, serializationFailure, deadlock, lockNotAvailable } = SQLSTATE;
const BUSY = new Set<string>([cancelled, serializationFailure, deadlock, lockNotAvailable]);
const NOT_AVAILABLE = 'the database is not available just now';
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const RETRY = { 'Retry-After': '1' };

/** The one place where an error becomes an answer. The messages of errors that are not ours are never shown. */
export function toProblem(error: unknown): Problem {
  const trouble = troubleOf(error);
  if (trouble?.part === 'schema') return unavailable('schema_mismatch', `${sentence(trouble.cause)}: ${trouble.cure}.`);
  if (isUnavailable(error) || trouble?.part === 'rights') {
    return unavailable('database_unavailable', `${sentence(trouble?.cause ?? NOT_AVAILABLE)}: try again in a moment.`);
  }
  if (error instanceof FaultsError) {
    const { errors, count } = error;
    const faults = count === 1 ? 'a fault' : `${count} faults`;
    const see = count === errors.length ? 'See errors.' : `The first ${errors.length} are in errors.`;
    const detail = `The request has ${faults}. ${see}`;
    return { status: error.status, code: error.code as ProblemCode, detail, errors, headers: {}, isBug: false };
  }
  if (error instanceof StagebellError && error.status !== 500) {
    const isSoon = error.status === 503 || error instanceof InFlightError;
    const headers = error instanceof HttpRefusal ? error.headers : isSoon ? RETRY : {};
    // The class belongs to a floor that knows no HTTP. Tests check that each code is listed.
    const problem = {
      status: error.status,
      code: error.code as ProblemCode,
      detail: error.message,
      headers,
      isBug: false,
    };
    return error instanceof LostPlaceError ? { ...problem, resumeAt: error.resumeAt } : problem;
  }
  const state = sqlStateOf(error);
  if (BUSY.has(state)) {
    return unavailable('database_busy', 'The database did not finish this in time: try again in a moment.');
  }
  const detail = 'Something went wrong here. The log has it under this request_id.';
  return { status: 500, code: 'internal_error', detail, headers: {}, isBug: true };
}

function unavailable(code: ProblemCode, detail: string): Problem {
  return { status: 503, code, detail, headers: RETRY, isBug: false };
}

/** The body. `title` is the name of the status, because `type` is about:blank; `code` says more. */
export function problemBody({ status, code, detail, errors, resumeAt }: Problem, requestId: string): string {
  const title = STATUS_CODES[status] ?? 'Error';
  const body: ProblemJson = { type: 'about:blank', title, status, detail, code, request_id: requestId };
  return JSON.stringify({ ...body, errors, resume_at: resumeAt });
}
