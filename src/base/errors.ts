/**
 * The errors that leave the program. Each says what went wrong and how to mend it; `code` is stable,
 * `status` is its HTTP status and `exitCode` the CLI's. Anything else that is thrown is a bug
 * or a fault of the environment, and its message is never shown to a client.
 */
export class StagebellError extends Error {
  readonly code: string;
  readonly status: number;
  readonly exitCode: number;

  constructor(code: string, status: number, message: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = status;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Wrong configuration or usage: exit code 2, with every fault listed. */
export class ConfigError extends StagebellError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const many = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super('bad_configuration', 500, `Configuration: ${many}\n${faults.map((f) => `  - ${f}`).join('\n')}`, {
      exitCode: 2,
    });
    this.faults = faults;
  }
}

/** The database cannot be reached, or gave up in the middle: worth another try. */
export class DatabaseUnavailableError extends StagebellError {
  constructor(message: string, cause?: unknown) {
    super('database_unavailable', 503, message, { cause });
  }
}

/** The folder of the embedded database cannot be used, and waiting would not help. */
export class UnusableFolderError extends StagebellError {
  constructor(code: 'data_dir_unusable' | 'data_dir_in_use' | 'data_dir_lost', message: string, cause?: unknown) {
    super(code, 503, message, { cause });
  }
}

/** Other edits, or somebody's lock, were in the way for longer than a request waits. */
export class DatabaseBusyError extends StagebellError {
  constructor() {
    super('database_busy', 503, 'The database did not finish this in time: try again in a moment.');
  }
}

/** The place of a reader of the record is not there: it must not believe that it has missed nothing. */
export class LostPlaceError extends StagebellError {
  declare readonly code: 'events_pruned' | 'events_ahead';
  readonly why: string;
  /** The id of an event. */
  readonly resumeAt: string;

  constructor(code: 'events_pruned' | 'events_ahead', why: string, resumeAt: string) {
    super(code, 410, `${why} Read the current state, then go on with after=${resumeAt}.`);
    this.why = why;
    this.resumeAt = resumeAt;
  }
}

/** The schema in the database does not fit this code. */
export class SchemaError extends StagebellError {
  constructor(message: string) {
    super('schema_mismatch', 503, message);
  }
}

/** The one row of `leadership` is gone, by a TRUNCATE or a restore in part: nobody can lead. */
export class LeadershipLostError extends StagebellError {
  static readonly cure =
    'as the owner of the table: INSERT INTO leadership (epoch) SELECT coalesce(max(epoch), 0) FROM term';

  constructor() {
    super('leadership_lost', 503, `The table leadership has lost its one row: ${LeadershipLostError.cure}`);
  }
}

export class NotFoundError extends StagebellError {
  /** @param by what it was asked for by */
  constructor(what: string, id: string, by: 'id' | 'external_id' = 'id') {
    super('not_found', 404, `There is no ${what} with ${by} ${id}.`);
  }
}

/** The request makes no sense for the stage as it is. */
export class ConflictError extends StagebellError {
  constructor(message: string, cause?: unknown) {
    super('conflict', 409, message, { cause });
  }
}

/** The caller's If-Match names a version that is no longer the current one, or there is none. */
export class StaleVersionError extends StagebellError {
  /** @param current the version, or the tag; null: there is no such row */
  constructor(current: number | string | null) {
    super(
      'stale_version',
      412,
      current === null
        ? 'There is no such row, and If-Match asks for one: send the request without it to create the row.'
        : `The row has changed since you read it: its version is ${current} now. Read it again, then repeat the edit with If-Match: "${current}".`,
    );
  }
}

export interface Fault {
  /** JSON pointer into the body, or `/name` of a query parameter. */
  pointer: string;
  detail: string;
}

/** A request was understood and refused; all faults at once, each at its place. */
export class FaultsError extends StagebellError {
  readonly errors: readonly Fault[];
  /** How many there are; only the first are listed. */
  readonly count: number;

  constructor(code: string, status: number, errors: readonly Fault[], count = errors.length) {
    super(code, status, errors.map((e) => `${e.pointer}: ${e.detail}`).join('; '));
    this.errors = errors;
    this.count = count;
  }
}

/** Input that does not make sense. */
export class ValidationError extends FaultsError {
  constructor(errors: readonly Fault[], count = errors.length) {
    super('validation_failed', 422, errors, count);
  }
}

/** The cause that an error names; null: none. */
export function causeOf(error: unknown): unknown {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause === undefined || cause === error ? null : cause;
}

/** The message of anything thrown, for logs. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
