import { NOT_ADVANCING } from './rule.ts';

/**
 * Edits travel inside their own transaction: statement-level triggers NOTIFY the instants that an
 * edit touched, old and new, so that whoever leads can look at them again. Payloads are bounded:
 * beyond 8,000 bytes NOTIFY would abort the user's edit, so many instants become 'resync'.
 */
const MOST_INSTANTS = 200;

export const notify = (s: string, channel: string): string => `
CREATE FUNCTION ${s}.stage_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  instants text;
  n integer;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    instants := 'resync';
    n := 1;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT count(*), string_agg((extract(epoch FROM at) * 1000)::bigint::text, ',') INTO n, instants FROM (
      SELECT DISTINCT at FROM new_rows, LATERAL (VALUES (start_date, status = 'pending'), (end_date, status <> 'completed')) AS b (at, open)
      WHERE open AND at IS NOT NULL LIMIT ${MOST_INSTANTS + 1}) AS touched;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT count(*), string_agg((extract(epoch FROM at) * 1000)::bigint::text, ',') INTO n, instants FROM (
      SELECT DISTINCT at FROM old_rows, LATERAL (VALUES (start_date, status = 'pending'), (end_date, status <> 'completed')) AS b (at, open)
      WHERE open AND at IS NOT NULL LIMIT ${MOST_INSTANTS + 1}) AS touched;
  ELSE
    -- Set operations instead of a join of old and new rows: transition tables have no statistics,
    -- and a nested loop over 10,000 rows takes ten seconds.
    WITH was AS (
      SELECT id, at FROM old_rows, LATERAL (VALUES (start_date, status = 'pending'), (end_date, status <> 'completed')) AS b (at, open)
      WHERE open AND at IS NOT NULL
    ), now_is AS (
      SELECT id, at FROM new_rows, LATERAL (VALUES (start_date, status = 'pending'), (end_date, status <> 'completed')) AS b (at, open)
      WHERE open AND at IS NOT NULL
    ), touched AS (
      SELECT DISTINCT at FROM (
        (TABLE was EXCEPT TABLE now_is) UNION ALL (TABLE now_is EXCEPT TABLE was)
      ) AS difference LIMIT ${MOST_INSTANTS + 1}
    )
    SELECT count(*), string_agg((extract(epoch FROM at) * 1000)::bigint::text, ',') INTO n, instants FROM touched;
  END IF;
  IF n > 0 THEN
    PERFORM pg_notify('${channel}', 'edit ' || CASE WHEN n > ${MOST_INSTANTS} THEN 'resync' ELSE instants END);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER stage_notify_insert AFTER INSERT ON ${s}.stage REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.stage_notify();
CREATE TRIGGER stage_notify_update AFTER UPDATE ON ${s}.stage REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT WHEN (${NOT_ADVANCING}) EXECUTE FUNCTION ${s}.stage_notify();
CREATE TRIGGER stage_notify_delete AFTER DELETE ON ${s}.stage REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.stage_notify();
CREATE TRIGGER stage_notify_truncate AFTER TRUNCATE ON ${s}.stage
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.stage_notify();
`;
