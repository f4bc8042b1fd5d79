/** Identifies one transaction, and stays unique in copies of the database. */
export const BATCH = `to_hex((extract(epoch FROM transaction_timestamp()) * 1000000)::bigint) || '-' || pg_current_xact_id()`;

/** The writer's reason. A longer one is cut, because an edit should not fail for its reason. */
export const REASON = `nullif(left(current_setting('stagebell.reason', true), 500), '')`;

/** The writer, put into `note` as by edit_author() (0003-any-deployment/record.ts), but without the cost of a call. */
export const authored = (
  s: string,
): string => `note.instance := nullif(current_setting('stagebell.instance', true), '');
  note.actor := nullif(current_setting('stagebell.actor', true), '');
  IF note.instance IS NULL OR NOT ${s}.may_record() THEN
    note.instance := NULL;
    note.actor := concat_ws(':', 'sql', session_user, note.actor);
  END IF;`;

/**
 * Where the changes of TRUNCATE begin to be counted, so that none of them has the deferred trigger of a first one
 * (commit.ts): it could not find its row again where the table of changes is truncated as well. A note stands for it.
 */
export const FIRST_OF_TRUNCATE = 2;
