import { causeOf, DatabaseUnavailableError, messageOf } from '../base/errors.ts';
import type { Trouble } from '../base/health.ts';
import { isRaisedByOthers } from './others-code.ts';

/** What is wrong with the database or the connection to it, in words for an operator on call. */
export interface DatabaseTrouble extends Trouble {
  /** The name of the part in Health. */
  part: string;
  /** True: it may end without anybody doing anything. */
  endsByItself: boolean;
}

/** Troubles that an attempt to write finds. The connections themselves tell whether the database can be reached. */
export const PARTS_OF_WRITING: readonly string[] = ['read_only', 'rights', 'disk', 'schema'];

type Words = Omit<DatabaseTrouble, 'detail' | 'isBlocking'>;

const NEEDS_HELP = { endsByItself: false };
const PASSES = { endsByItself: true };

const SHORTAGE: Words = {
  part: 'connections',
  cause: 'PostgreSQL has no connection left for this instance',
  cure: 'raise max_connections (or the limit of the role, the database or the pooler), or lower DATABASE_POOL_SIZE or the number of instances (docs/operations.md, "Connections")',
  ...PASSES,
};
const READ_ONLY: Words = {
  part: 'read_only',
  cause: 'the database is read-only: nothing can be moved or edited',
  cure: 'wait while a fail-over is under way; otherwise let DATABASE_URL name the primary, and switch default_transaction_read_only off for the role and the database (ALTER ROLE ... RESET, ALTER DATABASE ... RESET)',
  ...PASSES,
};
const RIGHTS: Words = {
  part: 'rights',
  cause: 'the database role lacks a right that the service needs',
  cure: 'grant what docs/operations.md lists under "Roles and grants", or make the role the owner of the tables',
  ...NEEDS_HELP,
};
const LOGIN: Words = {
  part: 'database',
  cause: 'PostgreSQL does not let this role in',
  cure: 'check the user and the password in DATABASE_URL, that the role may LOGIN, and pg_hba.conf (it may require TLS: ?sslmode=require)',
  ...NEEDS_HELP,
};
const NO_DATABASE: Words = {
  part: 'database',
  cause: 'there is no database of that name on the server',
  cure: 'create it (CREATE DATABASE), or correct the name at the end of DATABASE_URL',
  ...NEEDS_HELP,
};
const RENAMED: Words = {
  part: 'schema',
  cause: "a schema that Stagebell's functions name does not exist: it was renamed or dropped",
  cure: 'give it back its old name, which is in the detail: ALTER SCHEMA ... RENAME TO ..., and the same in search_path',
  ...NEEDS_HELP,
};
const TLS_NAME: Words = {
  part: 'database',
  cause: "the server's TLS certificate is for another name than the host in DATABASE_URL",
  cure: 'use a name or an address that is in the certificate; or encrypt without verifying, with ?sslmode=no-verify',
  ...NEEDS_HELP,
};
const TLS: Words = {
  part: 'database',
  cause: "the server's TLS certificate cannot be verified",
  cure: 'name its certificate authority with ?sslrootcert=/path/to/ca.pem in DATABASE_URL; or encrypt without verifying, with ?sslmode=no-verify instead of any other sslmode',
  ...NEEDS_HELP,
};

/** Only a superuser may set it back, and without our triggers no edit would be recorded. */
const REPLICA: Words = {
  part: 'rights',
  cause: 'the database role has a session_replication_role under which triggers do not fire',
  cure: 'as a superuser: ALTER ROLE ... RESET session_replication_role, and the same for the database',
  ...NEEDS_HELP,
};

/** By SQLSTATE; the first that fits. */
const BY_STATE: readonly [RegExp, Words][] = [
  [/^53300$/, SHORTAGE],
  [/^25006$/, READ_ONLY],
  [/^42501$/, RIGHTS],
  [/^(28|0P)/, LOGIN],
  [/^3D000$/, NO_DATABASE],
  [
    /^(53100|53400)$/,
    {
      part: 'disk',
      cause: 'PostgreSQL has no room left on its disk',
      cure: 'make room: it then goes on by itself; look at pg_wal and at replication slots that nobody reads',
      ...PASSES,
    },
  ],
  [
    /^53/,
    {
      part: 'database',
      cause: 'PostgreSQL is out of memory',
      cure: 'give it more, or lower work_mem and the number of connections',
      ...PASSES,
    },
  ],
  [/^58/, { part: 'database', cause: 'PostgreSQL cannot read or write its files', cure: 'see its log', ...PASSES }],
  [
    /^57P0[123]$/,
    {
      part: 'database',
      cause: 'PostgreSQL is starting or stopping',
      cure: 'wait: Stagebell keeps trying',
      ...PASSES,
    },
  ],
  [
    /^55000$/,
    {
      part: 'database',
      cause: 'the database takes no connections',
      cure: 'ALTER DATABASE ... ALLOW_CONNECTIONS true',
      ...NEEDS_HELP,
    },
  ],
  [/^3F000$/, RENAMED],
  [
    /^(42P01|42703|42704|42883|3F000)$/,
    {
      part: 'schema',
      cause: 'a table, column or function of Stagebell is missing in the database',
      cure: 'run stagebell migrate where the database is new; else restore what was dropped or renamed',
      ...NEEDS_HELP,
    },
  ],
];

const UNREACHABLE: Words = {
  part: 'database',
  cause: 'PostgreSQL cannot be reached',
  cure: 'wait a moment: Stagebell keeps trying; if it stays away, check that it runs, and the host and the port in DATABASE_URL',
  ...PASSES,
};
/**
 * By message, for the driver and for PgBouncer, which has one code for everything. Both speak English in any locale.
 */
const BY_MESSAGE: readonly [RegExp, Words][] = [
  [/no more connections allowed|max_client_conn|query_wait_timeout/i, SHORTAGE],
  [/no such database/i, NO_DATABASE],
  [/no such user|auth failed|SASL|password must be a string/i, LOGIN],
  [
    /does not support SSL/i,
    {
      part: 'database',
      cause: 'the server does not speak TLS, which DATABASE_URL or PGSSLMODE asks for',
      cure: 'turn TLS on at the server, or take sslmode out of DATABASE_URL (and PGSSLMODE out of the environment)',
      ...NEEDS_HELP,
    },
  ],
  [
    /unsupported startup parameter|unrecognized configuration parameter/i,
    {
      part: 'database',
      cause: 'the server or its pooler does not accept a parameter in DATABASE_URL',
      cure: "remove it from DATABASE_URL, or add it to PgBouncer's ignore_startup_parameters",
      ...NEEDS_HELP,
    },
  ],
];
const BY_CODE: readonly [RegExp, Words][] = [
  [/ALTNAME_INVALID/, TLS_NAME],
  [/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^CERT_|ERR_TLS_CERT/, TLS],
  [
    /^(EMFILE|ENFILE)$/,
    {
      part: 'descriptors',
      cause: 'this process may open no more files or connections',
      cure: 'raise its limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker), or close what holds them: /proc/<pid>/fd',
      ...PASSES,
    },
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    {
      part: 'database',
      cause: 'the host name of PostgreSQL cannot be resolved here',
      cure: 'check the host in DATABASE_URL, and DNS',
      ...PASSES,
    },
  ],
  [/^E[A-Z]+$/, UNREACHABLE],
];

/** An error whose trouble was investigated: it says more than the code of the error. */
export class KnownDatabaseError extends DatabaseUnavailableError {
  readonly trouble: DatabaseTrouble;

  constructor(trouble: DatabaseTrouble, cause: unknown) {
    super(inWords(trouble), cause);
    this.trouble = trouble;
  }
}

/** Cause, detail and cure in a line, for the log of a start and for the command line. */
export function inWords({ cause, detail, cure, endsByItself }: DatabaseTrouble): string {
  const patience = endsByItself ? '' : ' Waiting does not help.';
  return `${cause.charAt(0).toUpperCase()}${cause.slice(1)}${detail ? ` (${detail})` : ''}. To mend it: ${cure}.${patience}`;
}

/** What an error says about the database; null where it is about the statement alone. */
export function troubleOf(error: unknown): DatabaseTrouble | null {
  if (error instanceof KnownDatabaseError) return error.trouble;
  if (error instanceof AggregateError) return troubleOf(error.errors[0]);
  if (isRaisedByOthers(error)) return null;
  const { code } = (error ?? {}) as { code?: unknown };
  const words = wordsFor(typeof code === 'string' ? code : '', messageOf(error));
  if (words !== null) return { ...words, detail: messageOf(error), isBlocking: true };
  const cause = causeOf(error);
  return cause === null ? null : troubleOf(cause);
}

function wordsFor(code: string, message: string): Words | null {
  if (code === '42501' && message.includes('session_replication_role')) return REPLICA;
  const isState = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  const byCode = (isState ? BY_STATE : BY_CODE).find(([pattern]) => pattern.test(code));
  if (byCode !== undefined && byCode[1] !== UNREACHABLE) return byCode[1];
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(message));
  if (byMessage !== undefined) return byMessage[1];
  if (byCode !== undefined || /^08/.test(code) || (code === '' && LOST.test(message))) return UNREACHABLE;
  return null;
}

/** What the drivers say when a connection was lost or could not be opened. */
export const LOST =
  /connection terminated|connection ended|timeout expired|timeout exceeded when trying to connect|query read timeout|not queryable|client was closed|connection error|pglite is closed/i;
