import type { Scope } from '../access/api-key.ts';
import type { Principal } from '../access/authenticator.ts';
import { StagebellError } from '../base/errors.ts';
import type { ProblemCode } from './schema/output-problem.ts';

/** Answers that only HTTP gives. Those of the commands are in base/errors.ts. */
export class HttpRefusal extends StagebellError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, status: number, message: string, headers: Record<string, string> = {}) {
    super(code, status, message);
    this.headers = headers;
  }
}

export class BadRequestError extends HttpRefusal {
  constructor(code: ProblemCode, message: string) {
    super(code, 400, message);
  }
}

export class UnauthorizedError extends HttpRefusal {
  constructor(message: string, isKeyUnknown: boolean) {
    const challenge = isKeyUnknown ? 'Bearer realm="stagebell", error="invalid_token"' : 'Bearer realm="stagebell"';
    super('unauthorized', 401, message, { 'WWW-Authenticate': challenge });
  }
}

export class ForbiddenError extends HttpRefusal {
  constructor({ name, scopes }: Principal, needed: Scope) {
    // Only keys have names without a colon.
    const has = name?.includes(':')
      ? `${name} has scope ${scopes.at(-1) ?? 'none'}`
      : `the key ${name} has scope ${scopes.at(-1)}`;
    super(
      'forbidden',
      403,
      `This needs ${name?.includes(':') ? 'a token' : 'an API key'} with scope ${needed}; ${has}.`,
      {
        'WWW-Authenticate': `Bearer realm="stagebell", error="insufficient_scope", scope="${needed}"`,
      },
    );
  }
}

export class RateLimitedError extends HttpRefusal {
  constructor(why: string, seconds: number) {
    super('rate_limited', 429, `${why} Ask again in ${seconds} s.`, { 'Retry-After': String(seconds) });
  }
}

export class NoRouteError extends HttpRefusal {
  constructor(message: string) {
    super('not_found', 404, message);
  }
}

export class MethodNotAllowedError extends HttpRefusal {
  constructor(method: string, path: string, allowed: readonly string[]) {
    const allow = allowed.join(', ');
    super('method_not_allowed', 405, `${path} does not allow ${method}; it allows ${allow}.`, { Allow: allow });
  }
}

export class RequestTimeoutError extends HttpRefusal {
  constructor(seconds: number) {
    super('request_timeout', 408, `The body did not arrive within ${seconds} seconds.`, { Connection: 'close' });
  }
}

export class BodyTooLargeError extends HttpRefusal {
  constructor(limit: string) {
    super('body_too_large', 413, `The body is larger than ${limit}: split the request.`);
  }
}

export class UnsupportedMediaTypeError extends HttpRefusal {
  constructor(message: string) {
    super('unsupported_media_type', 415, message);
  }
}

export class NotImplementedError extends HttpRefusal {
  constructor(method: string) {
    super('not_implemented', 501, `The method ${method} is not supported.`);
  }
}

export class ExpectationFailedError extends HttpRefusal {
  constructor(expect: string) {
    super('expectation_failed', 417, `Expect: ${expect.slice(0, 60)} is not supported; 100-continue is.`);
  }
}

export class TooManyStreamsError extends HttpRefusal {
  /** @param random from 0 to 1: not all should come back in the same second */
  constructor(random: number) {
    super(
      'overloaded',
      503,
      'This instance can have no more streams: try again, perhaps it will be another instance.',
      {
        'Retry-After': String(Math.round(2 + random * 8)),
      },
    );
  }
}

export class OverloadedError extends HttpRefusal {
  constructor() {
    super('overloaded', 503, 'This instance has too many requests under way: try again in a moment.', {
      'Retry-After': '1',
    });
  }
}
