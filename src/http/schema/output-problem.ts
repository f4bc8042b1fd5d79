import { z } from 'zod';

/** Every code that a problem can have, with its status and what it means. docs/http.md says the same. */
export const PROBLEMS = {
  malformed_request: [
    400,
    'This is not HTTP, Host is missing or given twice, or the URL is not percent-encoded UTF-8.',
  ],
  malformed_json: [400, 'The body is not JSON.'],
  malformed_utf8: [400, 'The body is not UTF-8.'],
  body_required: [400, 'The body is empty.'],
  body_incomplete: [400, 'The body ended before it was complete.'],
  malformed_if_match: [400, 'If-Match is not an ETag.'],
  malformed_on_behalf_of: [400, 'On-Behalf-Of does not name a user in percent-encoded UTF-8.'],
  malformed_idempotency_key: [400, 'Idempotency-Key is not 1 to 255 printable ASCII characters.'],
  condition_not_supported: [400, 'If-Match where there is no version, or another condition on an edit.'],
  unauthorized: [401, 'No key and no token, or one that is not valid.'],
  forbidden: [403, 'The scope of the key or the token is too small.'],
  foreign_host: [403, 'No keys are set, and Host is not a name of this machine.'],
  foreign_origin: [403, 'No keys are set, and a page of another site asks.'],
  not_found: [404, 'No such row, or no such path.'],
  method_not_allowed: [405, 'This path does not allow the method; see Allow.'],
  request_timeout: [408, 'The request did not arrive in time.'],
  conflict: [
    409,
    'It makes no sense for the stage as it is; another edit came in between; or a rule of the database forbids it.',
  ],
  idempotency_in_flight: [409, 'The first request with this Idempotency-Key is still running.'],
  events_pruned: [410, 'Events after this id were pruned.'],
  events_ahead: [410, 'The record ends before this id: it was restored from a backup.'],
  stale_version: [412, 'If-Match names a version that is no longer current.'],
  body_too_large: [413, 'The body is larger than 1 MB.'],
  unsupported_media_type: [415, 'The body is not application/json, not UTF-8, or compressed.'],
  expectation_failed: [417, 'An Expect other than 100-continue.'],
  idempotency_key_reused: [422, 'The Idempotency-Key has been used for another request.'],
  validation_failed: [422, 'Understood and refused: errors has all faults at once.'],
  rate_limited: [429, 'Too many requests of one caller, or too many keys from one address that are not valid.'],
  headers_too_large: [431, 'The headers are larger than 16 KB.'],
  internal_error: [500, 'A fault of the service; its log has it under the request id.'],
  not_implemented: [501, 'No path of this API has this method.'],
  starting: [503, 'The service is starting and preparing its tables.'],
  database_unavailable: [503, 'The database cannot be reached.'],
  database_busy: [503, 'The database did not finish in time.'],
  schema_mismatch: [503, 'The tables do not fit this release.'],
  jwks_unavailable: [503, 'The keys of the issuer of tokens cannot be read.'],
  leadership_lost: [503, 'The table leadership has lost its one row.'],
  disk_full: [503, 'The disk of the embedded database is nearly full.'],
  data_dir_unusable: [503, 'The folder of the embedded database cannot be used.'],
  data_dir_in_use: [503, 'The folder of the embedded database is in use by another process.'],
  data_dir_lost: [503, 'The folder of the embedded database was taken by another process.'],
  overloaded: [503, 'This instance has too many requests under way.'],
} as const satisfies Record<string, readonly [status: number, means: string]>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export const fault = z
  .strictObject({
    pointer: z.string().meta({ description: 'A JSON pointer into the body, or /name of a query parameter.' }),
    detail: z.string().meta({ description: 'What is wrong with it, and how to mend it.' }),
  })
  .meta({ id: 'Fault' });

/** RFC 9457. */
export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'The name of the status.' }),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'For people.' }),
    code: z.enum(PROBLEM_CODES).meta({ id: 'ProblemCode', description: 'For programs: it is stable.' }),
    request_id: z.string().meta({ description: 'As in X-Request-Id; the log has it too.' }),
    errors: z
      .array(fault)
      .max(100)
      .optional()
      .meta({ description: 'Where many things can be wrong at once: the first hundred faults.' }),
    resume_at: z.string().optional().meta({
      description: 'With events_pruned and events_ahead: read the current state, then go on with this as after.',
    }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Go by status and code.' });

export type ProblemJson = z.output<typeof problem>;
