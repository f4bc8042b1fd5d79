import type { Fault, Problem } from './api.ts';

/** What the service refuses is thrown as one of these; `code` is stable, `message` is for people. */
export class ProblemError extends Error {
  override readonly name: string = 'ProblemError';
  readonly status: number;
  readonly code: Problem['code'];
  readonly requestId: string;
  readonly problem: Problem;
  /** When the service asks to be asked again, in milliseconds; null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null) {
    super(`${problem.code}: ${problem.detail}`);
    this.status = problem.status;
    this.code = problem.code;
    this.requestId = problem.request_id;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** 401: no key, or one that is unknown, revoked or expired. */
export class UnauthorizedError extends ProblemError {
  override readonly name = 'UnauthorizedError';
}

/** 403: the key may not do this. */
export class ForbiddenError extends ProblemError {
  override readonly name = 'ForbiddenError';
}

/** 404 */
export class NotFoundError extends ProblemError {
  override readonly name = 'NotFoundError';
}

/** 409: it does not fit what is there. */
export class ConflictError extends ProblemError {
  override readonly name = 'ConflictError';
}

/** 410: events after the id are gone. Read the current state, then go on from `resumeAt`. */
export class LostPlaceError extends ProblemError {
  override readonly name = 'LostPlaceError';
  get resumeAt(): string {
    return this.problem.resume_at ?? 'latest';
  }
}

/** 412: somebody else has edited it since the version in `ifMatch`. */
export class StaleVersionError extends ProblemError {
  override readonly name = 'StaleVersionError';
}

/** 422: what was sent is wrong; `faults` says where. */
export class ValidationError extends ProblemError {
  override readonly name = 'ValidationError';
  get faults(): readonly Fault[] {
    return this.problem.errors ?? [];
  }
}

/** 429: too many requests. */
export class RateLimitedError extends ProblemError {
  override readonly name = 'RateLimitedError';
}

/** 503, or another status of 500 and above: not now. */
export class UnavailableError extends ProblemError {
  override readonly name = 'UnavailableError';
}

/** Nothing, or nothing that this service would say, came back. `cause` has what happened. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

const CLASSES: Readonly<Record<number, typeof ProblemError>> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  410: LostPlaceError,
  412: StaleVersionError,
  422: ValidationError,
  429: RateLimitedError,
};

/** @param body of an answer of 400 or above @returns null when it is not a problem of this service */
export function problemOf(body: unknown, headers: Headers): ProblemError | null {
  const problem = body as Partial<Problem> | null;
  if (typeof problem !== 'object' || typeof problem?.code !== 'string' || typeof problem.status !== 'number')
    return null;
  const Class = CLASSES[problem.status] ?? (problem.status >= 500 ? UnavailableError : ProblemError);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new Class(problem as Problem, Number.isFinite(seconds) ? seconds * 1000 : null);
}
