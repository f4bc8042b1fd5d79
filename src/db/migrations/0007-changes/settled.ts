import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/** A commit takes milliseconds. One that takes longer waits for a disk or a standby, and the reader gets an error. */
const PATIENCE = '1 s';

/**
 * The number up to which the record is settled: every number up to it is either visible or was rolled back. Numbers are
 * drawn before commits, so a reader that went on from the highest it saw would miss one that was drawn earlier and
 * committed later. Call it in a statement of its own, because an earlier snapshot would be too old.
 *
 * A transaction that draws a number holds a lock from before that to the end of the commit. All numbers drawn until now
 * are settled once those who hold a lock now have released it. Readers only look, and never queue for a lock, so
 * neither an edit nor a bell waits for them.
 *
 * Why max(id) is safe while the gate is shut: transactions that record transitions hold the gate one after the other,
 * so the ids of transitions are in commit order. Nobody waits for them here.
 */
export const settled = ({ s, table }: Names, sequence: string): string => {
  // By mode, because a backup holds ACCESS SHARE on every table for as long as it takes.
  const isHeld = `locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation = ${table('change_gate')} AND mode = 'RowExclusiveLock' AND granted`;
  return `
BEGIN
CREATE FUNCTION ${s}.record_settled() RETURNS bigint ${OWNER} AS $fn$
DECLARE
  began timestamptz := clock_timestamp();
  pause float8 := 0.001;
  up_to bigint;
  under_way text[];
BEGIN
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO up_to FROM ${sequence};
  BEGIN
    LOCK TABLE ${s}.change_gate IN SHARE MODE NOWAIT;
    RAISE SQLSTATE 'SB000';
  EXCEPTION
    WHEN SQLSTATE 'SB000' THEN NULL; -- gives the lock back
    WHEN lock_not_available THEN
      SELECT array_agg(virtualtransaction) INTO under_way FROM pg_locks WHERE ${isHeld};
      WHILE EXISTS (SELECT FROM pg_locks WHERE ${isHeld} AND virtualtransaction = ANY (under_way)) LOOP
        IF clock_timestamp() > began + interval '${PATIENCE}' THEN
          RAISE lock_not_available USING MESSAGE = 'an edit is still committing; later events cannot be read yet';
        END IF;
        PERFORM pg_sleep(pause);
        pause := least(2 * pause, 0.05);
      END LOOP;
  END;
  BEGIN
    LOCK TABLE ${s}.record_gate IN SHARE MODE NOWAIT;
    RAISE SQLSTATE 'SB000';
  EXCEPTION
    WHEN SQLSTATE 'SB000' THEN NULL;
    WHEN lock_not_available THEN
      SELECT least(up_to, coalesce(max(id), 0)) INTO up_to FROM ${s}.transition;
  END;
  RETURN up_to;
END
$fn$;
END`;
};
