import { quoteLiteral, UNRECORDED } from '../../names.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/** The words count only at the beginning of a statement, because a comment or a name may contain them too. */
const IS_PREPARE = String.raw`regexp_replace(current_query(), '/\*.*?\*/|--[^\n]*', ' ', 'g') ~* '(^|;)\s*prepare\s+transaction\M'`;

/**
 * What an edit does at COMMIT: for its changes of status as before (0003-any-deployment/record.ts), and now also for
 * its changes. The statement itself has written those, so that nothing here grows with their number. The first of them
 * has a deferred trigger, which writes one row that gives them all their place in the order of events.
 *
 * That number is not drawn behind the gate of the record, where every bell would wait for the disk writes of each edit
 * before it. Edits hold a lock that many can hold together, and readers wait for it (settled.ts). An edit that also
 * changes statuses takes its locks in the same order as all others: change_gate, then the gate.
 */
export const commit = ({ s, table }: Names, sequence: string): string => `
BEGIN
-- Is this the COMMIT, or did somebody say SET CONSTRAINTS ALL IMMEDIATE? Then what a trigger locks would be held until
-- their transaction ends. A question tells: its own trigger fires now, or later. The first to hear 'now' defers
-- everything pending: notes of this pass, and changes of all statements so far. Both triggers have one name, so that
-- SET CONSTRAINTS cannot make one of them fire without the other.
CREATE FUNCTION ${s}.is_put_off(of_pass text, of_statement bigint) RETURNS boolean LANGUAGE sql STABLE AS $fn$
  SELECT coalesce(of_pass <> coalesce(current_setting('stagebell.pass', true), ''), false)
    OR coalesce(of_statement <= coalesce(nullif(current_setting('stagebell.put_off_to', true), ''), '0')::bigint, false)
$fn$;

CREATE FUNCTION ${s}.commits_or_puts_off() RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  place tid;
BEGIN
  PERFORM set_config('stagebell.fires', 'later', true);
  INSERT INTO ${s}.edit DEFAULT VALUES RETURNING ctid INTO place;
  DELETE FROM ${s}.edit WHERE ctid = place;
  IF current_setting('stagebell.fires') = 'later' THEN
    RETURN true;
  END IF;
  SET CONSTRAINTS ${s}.edit_record DEFERRED;
  PERFORM set_config('stagebell.pass', gen_random_uuid()::text, true),
    set_config('stagebell.put_off_to', (SELECT last_value FROM ${s}.change_statement_seq)::text, true);
  RETURN false;
END
$fn$;

-- A note whose trigger fires later. Nothing of it stays.
CREATE FUNCTION ${s}.put_off(note ${s}.edit) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  place tid;
BEGIN
  INSERT INTO ${s}.edit VALUES (note.*) RETURNING ctid INTO place;
  DELETE FROM ${s}.edit WHERE ctid = place;
END
$fn$;

-- Gives the changes of a statement their place.
CREATE FUNCTION ${s}.place_changes(of_statement bigint) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  -- It would hold its locks from here to its COMMIT PREPARED, which may be hours away.
  IF current_setting('max_prepared_transactions') <> '0' AND ${IS_PREPARE} THEN
    RAISE feature_not_supported USING MESSAGE = 'a transaction that changes stages or assignments cannot be prepared';
  END IF;
  LOCK TABLE ${s}.change_gate IN ROW EXCLUSIVE MODE;
  IF of_statement IS NOT NULL THEN
    INSERT INTO ${s}.change_commit VALUES (nextval(${quoteLiteral(sequence)}::pg_catalog.regclass), of_statement);
  END IF;
END
$fn$;

CREATE FUNCTION ${s}.change_record() RETURNS trigger ${OWNER} AS $fn$
DECLARE
  note ${s}.edit;
BEGIN
  IF TG_RELID <> ${table('change')} THEN
    RAISE insufficient_privilege USING MESSAGE = 'this function is of the table change alone';
  END IF;
  IF NOT ${s}.is_put_off(NULL, NEW.statement) AND ${s}.commits_or_puts_off() THEN
    PERFORM ${s}.place_changes(NEW.statement);
  ELSE
    note.statement := NEW.statement;
    note.pass := current_setting('stagebell.pass');
    PERFORM ${s}.put_off(note);
  END IF;
  RETURN NULL;
END
$fn$;
-- Only for rows that triggers write: those that are copied in, as by a restore, have their places already.
CREATE CONSTRAINT TRIGGER edit_record AFTER INSERT ON ${s}.change DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.n = 1 AND pg_trigger_depth() > 0) EXECUTE FUNCTION ${s}.change_record();

CREATE OR REPLACE FUNCTION ${s}.edit_record() RETURNS trigger ${OWNER} AS $fn$
DECLARE
  recorded integer;
BEGIN
  IF TG_RELID <> ${table('edit')} THEN
    RAISE insufficient_privilege USING MESSAGE = 'this function is of the table edit alone';
  END IF;
  IF NEW.stage_ids IS NULL AND NEW.statement IS NULL THEN
    PERFORM set_config('stagebell.fires', 'now', true);
    RETURN NULL;
  END IF;
  IF ${s}.is_put_off(NEW.pass, NULL) OR NOT ${s}.commits_or_puts_off() THEN
    NEW.pass := current_setting('stagebell.pass');
    PERFORM ${s}.put_off(NEW);
    RETURN NULL;
  END IF;
  PERFORM ${s}.place_changes(NEW.statement);
  IF NEW.stage_ids IS NULL THEN
    RETURN NULL;
  END IF;
  WITH steps AS MATERIALIZED (
    SELECT * FROM unnest(NEW.stage_ids, NEW.assignment_ids, NEW.from_statuses, NEW.to_statuses, NEW.due_ats)
      WITH ORDINALITY AS step (stage_id, assignment_id, from_status, to_status, due_at, n)
  ), gate AS MATERIALIZED (
    -- Counted, so that the steps are all there before the gate.
    SELECT ${s}.shut_gate() FROM (SELECT count(*) FROM steps) AS counted
  )
  INSERT INTO ${s}.transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, actor)
  SELECT stage_id, assignment_id, from_status, to_status, due_at,
         -- The status was judged a moment ago: not before that, should the clock step back in between.
         greatest(date_trunc('milliseconds', clock_timestamp()), due_at), 'edit', NEW.instance, NEW.actor
  FROM gate, steps ORDER BY n;
  GET DIAGNOSTICS recorded = ROW_COUNT;
  IF recorded < cardinality(NEW.stage_ids) THEN
    RAISE EXCEPTION '${UNRECORDED}';
  END IF;
  RETURN NULL;
END
$fn$;
END`;
