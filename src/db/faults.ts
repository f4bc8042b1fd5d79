import { causeOf, DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import { isOfOthersCode } from './others-code.ts';
import { inWords, LOST, troubleOf } from './troubles.ts';

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
/** What the system says of a connection, or of the want of one: of any that a call ended with. */
const isOfSystem = (error: unknown, code: string): boolean =>
  /^E[A-Z]/.test(code) && !code.startsWith('ERR_') && typeof (error as { syscall?: unknown }).syscall === 'string';
const TLS_CODE = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^CERT_|^ERR_(TLS|SSL)|^EPROTO$/;

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * A session somewhere on the server that listens and is idle in a transaction has let the notification queue
 * fill up: every commit that has something to say fails. The code alone is also that of other limits.
 */
export function isQueueFull(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  if (code === '54000' && routine === 'PreCommit_Notify') return true;
  const cause = causeOf(error);
  return cause !== null && isQueueFull(cause);
}

/** Whether the same statement could succeed later without anybody changing it. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  // The ORM makes errors of its own of what its pool throws, and keeps the code.
  if (codeOf(error) === 'database_unavailable') return true;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error);
  if (isOfOthersCode(error)) return false;
  if (isOfSystem(error, code) || TLS_CODE.test(code) || UNAVAILABLE.some((pattern) => pattern.test(code))) return true;
  if (code === '' && LOST.test(messageOf(error))) return true;
  const cause = causeOf(error);
  return cause !== null && isUnavailable(cause);
}

/** The function of PostgreSQL that says 'cached plan must not change result type': its words depend on the locale. */
const FINDS_OUTDATED_PLANS = 'RevalidateCachedQuery';

/**
 * The server knows nothing of what was prepared on this connection, or knows something else by its name: a pooler
 * has put another backend behind it, or somebody has changed the type of a column. Nothing was done.
 */
export function isForgotten(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  return code === '26000' || code === '42P05' || routine === FINDS_OUTDATED_PLANS;
}

/** Wraps what lies in the database, or in the way to it, in DatabaseUnavailableError; everything else stays what it was. */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError) return error;
  if (!isUnavailable(error)) return error;
  const trouble = troubleOf(error);
  if (trouble === null)
    return new DatabaseUnavailableError(`The database is not available: ${messageOf(error)}`, error);
  return new DatabaseUnavailableError(inWords(trouble), error);
}

/** Whether a time-out that the role has by default ended a statement or a connection before ours were set. */
export function isCutShort(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(57014|57P05|25P0[34])$/.test(code)) return true;
  if (code === '' && /not queryable|terminated unexpectedly/i.test(messageOf(error))) return true;
  const cause = causeOf(error);
  return cause !== null && isCutShort(cause);
}

/** Why there is no connection: whatever the server says to that, a login trigger's own words too, is no matter of a statement. */
export function asNoConnection(error: unknown): unknown {
  const known = asDatabaseError(error);
  if (known instanceof DatabaseUnavailableError) return known;
  const trouble = troubleOf(error);
  const words = trouble === null ? `PostgreSQL does not let this instance in: ${messageOf(error)}` : inWords(trouble);
  return new DatabaseUnavailableError(words, error);
}

/** The constraint that a writer broke, where the error is one. */
export function constraintOf(error: unknown): string | null {
  const constraint = (error as { constraint?: unknown } | null)?.constraint;
  if (typeof constraint === 'string') return constraint;
  const cause = causeOf(error);
  return cause !== null ? constraintOf(cause) : null;
}
