import { mayBeRepeated } from './idempotency.ts';
import type { Route } from './route.ts';
import type { ProblemCode } from './schema/output-problem.ts';

/** Possible for any request, because it may not be valid HTTP. */
export const OF_HTTP: readonly ProblemCode[] = [
  'malformed_request',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
  'expectation_failed',
  'headers_too_large',
  'not_implemented',
  'method_not_allowed',
];

const OF_THE_SERVICE: readonly ProblemCode[] = [
  'internal_error',
  'starting',
  'database_unavailable',
  'database_busy',
  'schema_mismatch',
  'disk_full',
  'data_dir_unusable',
  'data_dir_in_use',
  'data_dir_lost',
  'overloaded',
];

/**
 * The problems that a route can answer with, besides those of HTTP: its own, and those that its declaration implies.
 */
export function problemsOf(route: Route): ProblemCode[] {
  const { method, scope, params, body, mayLackBody, isLenient, hasVersion, problems = [] } = route;
  const codes = new Set<ProblemCode>(problems);
  const add = (...more: ProblemCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (scope !== null)
    add('unauthorized', 'forbidden', 'foreign_host', 'foreign_origin', 'rate_limited', 'jwks_unavailable');
  if (isLenient) return [...codes, 'internal_error'];
  // A body is read and checked even where none is expected.
  add('malformed_json', 'malformed_utf8', 'body_incomplete', 'malformed_on_behalf_of', 'validation_failed');
  if (body !== undefined && mayLackBody !== true) add('body_required');
  if (params !== undefined) add('not_found');
  if (method !== 'get') add('condition_not_supported');
  if (mayBeRepeated(route)) {
    add('malformed_idempotency_key', 'idempotency_in_flight', 'idempotency_key_reused');
  }
  if (hasVersion) add('malformed_if_match', 'stale_version');
  add(...OF_THE_SERVICE);
  return [...codes];
}
