import { DatabaseUnavailableError, messageOf } from '../base/errors.ts';

/** SQLSTATE classes and codes that mean: not your statement, the server or the way to it. */
const UNAVAILABLE = [
  /^08/, // connection exceptions
  /^53/, // out of disk, memory, connections
  /^57P0[1-5]$/, // shutdown, crash, starting up, dropped, idle timeout
  /^25P0[34]$/, // a transaction of ours was ended from outside: we had been paused in it
  /^25006$/, // read-only: a fail-over is under way, or somebody made it so
  /^58/, // I/O errors
  /^XX00[12]$/, // damaged files
  /^(28|3D)/, // may not log in, or there is no such database: somebody is setting it up, or changing passwords
  /^55000$/, // not accepting connections
];
const NODE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
]);
const TLS_CODE = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^CERT_/;
const MESSAGES =
  /connection terminated|connection ended|timeout expired|timeout exceeded when trying to connect|query read timeout|not queryable|client was closed|connection error|pglite is closed/i;

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * A session somewhere on the server that listens and is idle in a transaction has let the notification queue
 * fill up: every commit that has something to say fails. The code alone is also that of other limits.
 */
export function isQueueFull(error: unknown): boolean {
  const { code, routine, cause } = (error ?? {}) as { code?: unknown; routine?: unknown; cause?: unknown };
  if (code === '54000' && routine === 'PreCommit_Notify') return true;
  return cause !== undefined && cause !== null && cause !== error && isQueueFull(cause);
}

/** Whether the same statement could succeed later without anybody changing it. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error);
  if (NODE_CODES.has(code) || TLS_CODE.test(code) || UNAVAILABLE.some((pattern) => pattern.test(code))) return true;
  if (code === '' && MESSAGES.test(messageOf(error))) return true;
  const cause = (error as { cause?: unknown } | null)?.cause;
  return cause !== undefined && cause !== null && cause !== error && isUnavailable(cause);
}

/** Wraps faults of availability in DatabaseUnavailableError; everything else stays what it was. */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError || !isUnavailable(error)) return error;
  const hint = TLS_CODE.test(codeOf(error)) ? '. Where the server signs for itself, set PGSSLMODE=no-verify' : '';
  return new DatabaseUnavailableError(`The database is not available: ${messageOf(error)}${hint}`, error);
}

/** Why the database cannot be used, in words for anybody: they name no host, no user and no address. */
const CAUSES: readonly [pattern: RegExp, words: string][] = [
  [/^(ECONNREFUSED|ENOENT)$/, 'nobody answers at its address'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its host name is not known'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'it is not reached'],
  [/^28/, 'it refuses our user or password'],
  [/^3D/, 'there is no database of that name'],
  [/^53300$/, 'it has no connection left for us'],
  [/^53/, 'it is out of room or memory'],
  [/^57P0[1-3]$/, 'it is stopping or starting'],
  [/^25006$/, 'it takes no writes'],
  [/^42501$/, 'our user lacks a right'],
  [TLS_CODE, 'its certificate is not trusted'],
];

/** @returns a few words; what the driver said is for the log */
export function causeOf(error: unknown): string {
  for (let at = error; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause) {
    const found = CAUSES.find(([pattern]) => pattern.test(codeOf(at)));
    if (found !== undefined) return found[1];
  }
  return 'it cannot be used just now: see the log';
}

/** The constraint that a writer broke, where the error is one. */
export function constraintOf(error: unknown): string | null {
  const constraint = (error as { constraint?: unknown } | null)?.constraint;
  if (typeof constraint === 'string') return constraint;
  const cause = (error as { cause?: unknown } | null)?.cause;
  return cause !== undefined && cause !== null && cause !== error ? constraintOf(cause) : null;
}
