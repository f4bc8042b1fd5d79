import { quoteLiteral } from '../../names.ts';
import { NOT_ADVANCING } from './rule.ts';

/**
 * The record of edits (G5): every change of status by any writer gets its rows in the same
 * transaction, written at commit by a deferred trigger.
 *
 * At commit, because ids must grow in commit order: a reader that remembers the last id it saw
 * would otherwise miss a row whose transaction took its id early and committed late. The gate
 * below serialises writers from the moment they take ids to the end of their commit; taken any
 * earlier, one idle psql session could hold up every bell.
 */
export const record = (s: string): string => `
CREATE FUNCTION ${s}.transition_gate() RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock((5712::bigint << 32) | ${quoteLiteral(`${s}.transition`)}::regclass::oid::bigint)
$$;

-- SECURITY DEFINER: whoever may write stages need not be granted the record.
CREATE FUNCTION ${s}.stage_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was text := CASE WHEN TG_OP = 'INSERT' THEN 'pending' ELSE OLD.status END;
BEGIN
  PERFORM ${s}.transition_gate();
  -- Forwards: one row per boundary crossed, in order. Backwards (an edit reopened or postponed the
  -- stage): one row that crosses no boundary.
  INSERT INTO ${s}.transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, actor)
  SELECT NEW.id, NEW.assignment_id, step.from_status, step.to_status, step.due_at,
         -- The status was judged a moment ago: not before that, should the clock step back in between.
         greatest(date_trunc('milliseconds', clock_timestamp()), step.due_at), 'edit',
         nullif(current_setting('stagebell.instance', true), ''),
         -- An API call without a key has no actor; a plain SQL writer is named by its database role.
         CASE WHEN coalesce(current_setting('stagebell.instance', true), '') = '' THEN 'sql:' || session_user
              ELSE nullif(current_setting('stagebell.actor', true), '') END
  FROM (VALUES
    ('pending', 'active', NEW.start_date, was = 'pending' AND NEW.status IN ('active', 'completed')),
    ('active', 'completed', NEW.end_date, was IN ('pending', 'active') AND NEW.status = 'completed'),
    (was, NEW.status, NULL, (was = 'active' AND NEW.status = 'pending') OR (was = 'completed' AND NEW.status <> 'completed'))
  ) AS step (from_status, to_status, due_at, taken)
  WHERE step.taken
  ORDER BY step.due_at;
  RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER stage_record_insert AFTER INSERT ON ${s}.stage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status <> 'pending') EXECUTE FUNCTION ${s}.stage_record();
CREATE CONSTRAINT TRIGGER stage_record_update AFTER UPDATE ON ${s}.stage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status AND ${NOT_ADVANCING}) EXECUTE FUNCTION ${s}.stage_record();
`;
