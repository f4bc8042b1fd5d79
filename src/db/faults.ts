import { causeOf, DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import { isRaisedByOthers } from './others-code.ts';
import { inWords, LOST, troubleOf } from './troubles.ts';

/** SQLSTATE classes and codes for faults of the server or the connection, not of the statement. */
const UNAVAILABLE = [
  /^08/, // connection exceptions
  /^53/, // out of disk, memory, connections
  /^57P0[1-5]$/, // shutdown, crash, starting up, dropped, idle timeout
  /^25P0[34]$/, // our transaction was ended from outside, because we had been paused in it
  /^25006$/, // read-only: a fail-over is under way, or somebody has set it
  /^58/, // I/O errors
  /^XX00[12]$/, // damaged files
  /^(28|3D)/, // no login, or no such database: somebody is setting it up, or changing passwords
  /^55000$/, // not accepting connections
];
/** An error of a system call: a connection broke or could not be opened. */
const isSystemError = (error: unknown, code: string): boolean =>
  /^E[A-Z]/.test(code) && !code.startsWith('ERR_') && typeof (error as { syscall?: unknown }).syscall === 'string';
const TLS_CODE = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^CERT_|^ERR_(TLS|SSL)|^EPROTO$/;

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * The notification queue is full: a session somewhere on the server listens and is idle in a transaction. Every commit
 * with a NOTIFY fails. The code alone is not enough, because other limits share it.
 */
export function isQueueFull(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  if (code === '54000' && routine === 'PreCommit_Notify') return true;
  const cause = causeOf(error);
  return cause !== null && isQueueFull(cause);
}

/** Whether the same statement may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  // The ORM wraps what its pool throws in errors of its own, and keeps the code.
  if (codeOf(error) === 'database_unavailable') return true;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error);
  if (isRaisedByOthers(error)) return false;
  if (isSystemError(error, code) || TLS_CODE.test(code) || UNAVAILABLE.some((pattern) => pattern.test(code)))
    return true;
  if (code === '' && LOST.test(messageOf(error))) return true;
  const cause = causeOf(error);
  return cause !== null && isUnavailable(cause);
}

/**
 * The function in PostgreSQL that reports 'cached plan must not change result type'. The message depends on the locale.
 */
const FINDS_OUTDATED_PLANS = 'RevalidateCachedQuery';

/**
 * The server does not know the prepared statement, or knows a different one by its name. A pooler has put another
 * backend behind the connection, or somebody has changed the type of a column. Nothing was done.
 */
export function isForgotten(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  return code === '26000' || code === '42P05' || routine === FINDS_OUTDATED_PLANS;
}

/**
 * Wraps faults of the database or of the connection in DatabaseUnavailableError. Returns all other errors unchanged.
 */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError) return error;
  if (!isUnavailable(error)) return error;
  const trouble = troubleOf(error);
  if (trouble === null)
    return new DatabaseUnavailableError(`The database is not available: ${messageOf(error)}`, error);
  return new DatabaseUnavailableError(inWords(trouble), error);
}

/** Whether one of the role's default time-outs struck before our own settings were in force. */
export function isCutShort(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(57014|57P05|25P0[34])$/.test(code)) return true;
  if (code === '' && /not queryable|terminated unexpectedly/i.test(messageOf(error))) return true;
  const cause = causeOf(error);
  return cause !== null && isCutShort(cause);
}

/**
 * Why there is no connection. Whatever the server says then is a DatabaseUnavailableError, even the words of a login
 * trigger: there was no statement.
 */
export function asNoConnection(error: unknown): unknown {
  const known = asDatabaseError(error);
  if (known instanceof DatabaseUnavailableError) return known;
  const trouble = troubleOf(error);
  const words = trouble === null ? `PostgreSQL does not let this instance in: ${messageOf(error)}` : inWords(trouble);
  return new DatabaseUnavailableError(words, error);
}

/** The constraint that a writer violated, if the error is about one. */
export function constraintOf(error: unknown): string | null {
  const constraint = (error as { constraint?: unknown } | null)?.constraint;
  if (typeof constraint === 'string') return constraint;
  const cause = causeOf(error);
  return cause !== null ? constraintOf(cause) : null;
}
