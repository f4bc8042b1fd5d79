import { ConflictError, DatabaseUnavailableError, messageOf, StagebellError, ValidationError } from '../base/errors.ts';
import { constraintOf, isQueueFull } from '../db/faults.ts';
import { isRaisedByOthers } from '../db/others-code.ts';

/** The table's constraints, in the words of the API. Input is validated before: these catch what slipped through. */
const CONSTRAINTS: Record<string, { pointer: string; detail: string }> = {
  assignment_title_length: { pointer: '/title', detail: 'must have 1 to 200 characters' },
  stage_name_length: { pointer: '/name', detail: 'must have 1 to 200 characters' },
  stage_end_needs_start: { pointer: '/end_date', detail: 'needs a start_date' },
  stage_end_after_start: { pointer: '/end_date', detail: 'must be later than start_date' },
  assignment_external_id_form: { pointer: '/external_id', detail: 'must have 1 to 200 characters' },
  stage_external_id_form: { pointer: '/external_id', detail: 'must have 1 to 200 characters' },
  assignment_description_form: { pointer: '/description', detail: 'must have at most 5000 characters' },
  stage_description_form: { pointer: '/description', detail: 'must have at most 5000 characters' },
  assignment_metadata_form: { pointer: '/metadata', detail: 'must be an object' },
  stage_metadata_form: { pointer: '/metadata', detail: 'must be an object' },
  api_key_expires_later: { pointer: '/expires_at', detail: 'must be later than now' },
  stage_dates_in_range: { pointer: '', detail: 'dates must lie from 1970-01-01 to 2199-12-31' },
};

export const ASSIGNMENT_BY_EXTERNAL_ID = 'assignment_by_external_id';
/** Unique, and already there. */
const TAKEN: Record<string, string> = {
  [ASSIGNMENT_BY_EXTERNAL_ID]:
    'Another assignment has this external_id: GET /v1/assignments/external/{external_id} reads it, and PUT edits it.',
  stage_by_external_id:
    'Another stage of this assignment has this external_id: GET /v1/stages?external_id= with assignment_id= finds it.',
  api_key_by_name: 'Another key has this name: choose another one, or revoke that key first.',
};

/** Violated if an assignment or a stage is deleted or created during an edit. */
const OURS = new Set(['assignment_pkey', 'stage_pkey', 'stage_assignment_id_fkey', ...Object.keys(CONSTRAINTS)]);

/** SQLSTATE of anything thrown by a driver; '' if there is none. */
export function sqlStateOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/** A deadlock or a conflict of snapshots: nothing was done, and another try may well succeed. */
export function isConflict(error: unknown): boolean {
  return ['40P01', '40001'].includes(sqlStateOf(error));
}

const RECORD_KEYS = new Set(['transition_pkey', 'change_pkey', 'change_commit_pkey', 'change_commit_statement_key']);
/** The record already has these numbers: its sequences have fallen behind it (db/schema/drift.ts). */
export function isOfRecordIds(error: unknown): boolean {
  return RECORD_KEYS.has(constraintOf(error) ?? '');
}

/** Turns what the database refused because of the data into an answer. Everything else stays as it was. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof StagebellError) return error;
  if (isQueueFull(error)) {
    return new DatabaseUnavailableError(
      'The notification queue of the database server is full: repeat the edit.',
      error,
    );
  }
  const state = sqlStateOf(error);
  const constraint = constraintOf(error);
  const known = CONSTRAINTS[constraint ?? ''];
  if (known !== undefined) return new ValidationError([known]);
  const taken = TAKEN[constraint ?? ''];
  if (taken !== undefined) return new ConflictError(taken, error);
  if ((state === '23503' || state === '23505') && constraint !== null && OURS.has(constraint)) {
    return new ConflictError('Another edit came in between: read the rows again, then repeat yours.');
  }
  // A rule of a platform that shares the database: only its people know what it is for.
  if (state.startsWith('23') && constraint !== null && !OURS.has(constraint)) {
    return new ConflictError(`The database has a rule of its own that forbids this: its constraint ${constraint}.`);
  }
  if (state === 'P0001' || isRaisedByOthers(error)) {
    return new ConflictError(`The database has a rule of its own that forbids this: ${messageOf(error).slice(0, 200)}`);
  }
  if (state === '22P05' || state === '22021') {
    const detail = 'has a character that the encoding of the database does not have: one with ENCODING UTF8 takes all';
    return new ValidationError([{ pointer: '', detail }]);
  }
  if (state.startsWith('22') || state.startsWith('23')) {
    return new ValidationError([{ pointer: '', detail: 'has a value that the database does not take' }]);
  }
  return error;
}
