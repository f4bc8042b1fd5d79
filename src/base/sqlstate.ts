/** What PostgreSQL calls the errors that code asks for one by one. Whole classes of them are told apart in src/db. */
export const SQLSTATE = {
  serializationFailure: '40001',
  deadlock: '40P01',
  /** Insufficient privilege. */
  forbidden: '42501',
  /** Undefined table, or view. */
  noTable: '42P01',
  /** A lock was not to be had in time. */
  lockNotAvailable: '55P03',
  /** A time-out ended the statement, or somebody did. */
  cancelled: '57014',
} as const;

/** @returns whether an error, of any driver, is one of these */
export function hasState(error: unknown, ...states: readonly (keyof typeof SQLSTATE)[]): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return states.some((state) => SQLSTATE[state] === code);
}
