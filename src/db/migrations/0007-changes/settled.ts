import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/** A commit takes milliseconds. One that takes longer waits for a disk or a standby, and the reader is told. */
const PATIENCE = '1 s';

/**
 * Up to which number the record is settled: whatever has a number up to this one is there for all to see, or never
 * will be. Numbers are taken before commits, so a reader that went on from the highest that it saw would miss one that
 * was taken earlier and committed later.
 *
 * Everyone who takes a number holds a lock from before that to the end of the commit. All numbers drawn until now are
 * settled when those who hold a lock now have let go of it. Readers look, and never stand in the queue for a lock:
 * neither an edit nor a bell waits for them. Those who record transitions hold the gate one after the other, so that
 * their ids are in the order of their commits: nobody waits for them, and the last transition that can be seen is as
 * far as the answer goes.
 */
export const settled = ({ s, table }: Names, sequence: string): string => {
  const isHeld = (gate: string) =>
    `locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation = ${table(gate)} AND granted`;
  return `
BEGIN
CREATE FUNCTION ${s}.record_settled() RETURNS bigint ${OWNER} AS $fn$
DECLARE
  began timestamptz := clock_timestamp();
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
      SELECT array_agg(virtualtransaction) INTO under_way FROM pg_locks WHERE ${isHeld('change_gate')};
      WHILE EXISTS (SELECT FROM pg_locks WHERE ${isHeld('change_gate')} AND virtualtransaction = ANY (under_way)) LOOP
        IF clock_timestamp() > began + interval '${PATIENCE}' THEN
          RAISE lock_not_available USING MESSAGE = 'the commit of an edit takes long, and events behind it cannot be read yet';
        END IF;
        PERFORM pg_sleep(0.001);
      END LOOP;
  END;
  BEGIN
    LOCK TABLE ${s}.record_gate IN SHARE MODE NOWAIT;
    RAISE SQLSTATE 'SB000';
  EXCEPTION
    WHEN SQLSTATE 'SB000' THEN NULL;
    WHEN lock_not_available THEN
      SELECT least(up_to, max(id)) INTO up_to FROM ${s}.transition;
  END;
  RETURN coalesce(up_to, 0);
END
$fn$;
END`;
};
