import { UNRECORDED } from '../../names.ts';
import { type Names, OWNER } from './names.ts';

/**
 * The record of edits (G5): every change of status by any writer gets its rows in the same transaction.
 *
 * A statement notes its changes in one row of the table `edit` (edits.ts), and deletes the row at once. What remains is
 * the deferred trigger, which still has the row and writes the record at COMMIT. So rolling back a savepoint removes
 * the note and the trigger together, and others never see the row. No transaction reads what another one writes, so
 * serializable transactions do not fail.
 *
 * It writes at COMMIT because ids must grow in commit order. Otherwise a reader that remembers the last id would miss a
 * row whose transaction took its id early and committed late. It writes all rows of a statement at once, because every
 * bell waits at the gate meanwhile.
 */
export const record = ({ s, table }: Names): string => `
CREATE UNLOGGED TABLE ${s}.edit (
  stage_ids      uuid[],        -- null: a question (below)
  assignment_ids uuid[],
  from_statuses  text[],
  to_statuses    text[],
  due_ats        timestamptz[],
  instance       text,
  actor          text,
  pass           text           -- see edit_record()
);

-- Beside the actor, which an application says of itself, stands the role, which PostgreSQL knows.
ALTER TABLE ${s}.transition ADD COLUMN role text;
ALTER TABLE ${s}.transition ALTER COLUMN role SET DEFAULT session_user;

-- Who writes. The service is believed; others stand behind their role, so that nobody can pass for somebody else.
CREATE FUNCTION ${s}.edit_author(OUT instance text, OUT actor text) LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  instance := nullif(current_setting('stagebell.instance', true), '');
  actor := nullif(current_setting('stagebell.actor', true), '');
  IF instance IS NULL OR NOT ${s}.may_record() THEN
    instance := NULL;
    actor := concat_ws(':', 'sql', session_user, actor);
  END IF;
END
$fn$;

CREATE FUNCTION ${s}.edit_record() RETURNS trigger ${OWNER} AS $fn$
DECLARE
  place tid;
  recorded integer;
  this_pass text := coalesce(current_setting('stagebell.pass', true), '');
BEGIN
  IF TG_RELID <> ${table('edit')} THEN
    RAISE insufficient_privilege USING MESSAGE = 'this function is of the table edit alone';
  END IF;
  IF NEW.stage_ids IS NULL THEN
    PERFORM set_config('stagebell.fires', 'now', true);
    RETURN NULL;
  END IF;
  -- Is this the COMMIT, or did somebody say SET CONSTRAINTS ALL IMMEDIATE? Then the gate would be shut until
  -- their transaction ends. A question tells: its own trigger fires now, or later. The first of several notes
  -- asks; by the name that it gives to this pass the others know that they are put off as well, in their order.
  IF NEW.pass = this_pass THEN
    PERFORM set_config('stagebell.fires', 'later', true);
    INSERT INTO ${s}.edit DEFAULT VALUES RETURNING ctid INTO place;
    DELETE FROM ${s}.edit WHERE ctid = place;
    IF current_setting('stagebell.fires') = 'now' THEN
      SET CONSTRAINTS ${s}.edit_record DEFERRED;
      this_pass := gen_random_uuid();
      PERFORM set_config('stagebell.pass', this_pass, true);
    END IF;
  END IF;
  IF NEW.pass <> this_pass THEN
    NEW.pass := this_pass;
    INSERT INTO ${s}.edit VALUES (NEW.*) RETURNING ctid INTO place;
    DELETE FROM ${s}.edit WHERE ctid = place;
    RETURN NULL;
  END IF;
  -- It would hold the gate from here to its COMMIT PREPARED, which may be hours away.
  IF current_setting('max_prepared_transactions') <> '0' AND current_query() ~* 'prepare\\s+transaction' THEN
    RAISE feature_not_supported USING MESSAGE = 'a transaction that changes the status of stages cannot be prepared';
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

CREATE CONSTRAINT TRIGGER edit_record AFTER INSERT ON ${s}.edit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION ${s}.edit_record();

DROP TRIGGER stage_record_insert ON ${s}.stage;
DROP TRIGGER stage_record_update ON ${s}.stage;
DROP FUNCTION ${s}.stage_record();
`;
