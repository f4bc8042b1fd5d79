import { type Names, OWNER } from './names.ts';
import { notAdvancing } from './rule.ts';

/**
 * Payloads are bounded: beyond 8,000 bytes NOTIFY would abort the writer's edit. So too many instants become 'resync'.
 */
export const MOST_INSTANTS = 200;

export const open = (rows: string): string =>
  `SELECT r.id, b.at FROM ${rows} AS r, LATERAL (VALUES (r.start_date, r.status = 'pending'), (r.end_date, r.status <> 'completed')) AS b (at, is_open)
      WHERE b.is_open AND b.at IS NOT NULL`;
export const named = (
  rows: string,
): string => `SELECT count(*), string_agg((extract(epoch FROM touched.at) * 1000)::bigint::text, ',') INTO n, instants
    FROM (SELECT DISTINCT each.at FROM (${rows}) AS each LIMIT ${MOST_INSTANTS + 1}) AS touched`;

/**
 * Forwards: one step for each boundary crossed, in order. Backwards (an edit reopened or postponed the stage): one step
 * that crosses no boundary. All go into `note`, in the order of the record.
 */
export const steps = (
  changed: string,
): string => `SELECT array_agg(s.id), array_agg(s.assignment_id), array_agg(s.was), array_agg(s.becomes), array_agg(s.due_at)
    INTO note.stage_ids, note.assignment_ids, note.from_statuses, note.to_statuses, note.due_ats
    FROM (
      SELECT c.id, c.assignment_id, step.was, step.becomes, step.due_at FROM (${changed}) AS c, LATERAL (VALUES
        ('pending', 'active', c.start_date, c.was = 'pending' AND c.status IN ('active', 'completed')),
        ('active', 'completed', c.end_date, c.was IN ('pending', 'active') AND c.status = 'completed'),
        (c.was, c.status, NULL, (c.was = 'active' AND c.status = 'pending') OR (c.was = 'completed' AND c.status <> 'completed'))
      ) AS step (was, becomes, due_at, is_taken)
      WHERE step.is_taken ORDER BY step.due_at, c.id, step.becomes
    ) AS s`;

/** Inserts a note, for the trigger that fires at COMMIT, and deletes it at once. */
export const noted = (s: string): string => `note.pass := coalesce(current_setting('stagebell.pass', true), '');
    INSERT INTO ${s}.edit VALUES (note.*) RETURNING ctid INTO place;
    DELETE FROM ${s}.edit WHERE ctid = place;`;

/**
 * What happens once for each statement that edits stages: it announces the instants that it touched, and notes its
 * changes of status for the record (record.ts).
 *
 * Old and new rows are grouped, not joined: transition tables have no statistics, and a nested loop over 10,000 rows
 * takes ten seconds. Users may add columns of any name, so each of ours is qualified with its table.
 */
export const edits = (names: Names): string => {
  const { s } = names;
  return `
CREATE OR REPLACE FUNCTION ${s}.stage_notify() RETURNS trigger ${OWNER} AS $fn$
DECLARE
  instants text;
  n integer;
  note ${s}.edit;
  place tid;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    instants := 'resync';
    n := 1;
  ELSIF TG_OP = 'INSERT' THEN
    ${named(open('new_rows'))};
    ${steps(`SELECT r.id, r.assignment_id, 'pending' AS was, r.status, r.start_date, r.end_date FROM new_rows AS r WHERE r.status <> 'pending'`)};
  ELSIF TG_OP = 'DELETE' THEN
    ${named(open('old_rows'))};
  ELSE
    ${named(`(${open('old_rows')} EXCEPT ${open('new_rows')}) UNION ALL (${open('new_rows')} EXCEPT ${open('old_rows')})`)};
    -- Most edits change no status. To find that out costs a third of what the steps do.
    IF EXISTS (SELECT r.id, r.status FROM new_rows AS r EXCEPT SELECT r.id, r.status FROM old_rows AS r) THEN
      ${steps(`SELECT both_rows.id, (array_agg(both_rows.assignment_id) FILTER (WHERE both_rows.is_new))[1] AS assignment_id,
          max(both_rows.status) FILTER (WHERE NOT both_rows.is_new) AS was, max(both_rows.status) FILTER (WHERE both_rows.is_new) AS status,
          max(both_rows.start_date) FILTER (WHERE both_rows.is_new) AS start_date, max(both_rows.end_date) FILTER (WHERE both_rows.is_new) AS end_date
        FROM (
          SELECT r.id, r.assignment_id, r.status, r.start_date, r.end_date, false AS is_new FROM old_rows AS r
          UNION ALL SELECT r.id, r.assignment_id, r.status, r.start_date, r.end_date, true FROM new_rows AS r
        ) AS both_rows GROUP BY both_rows.id HAVING min(both_rows.status) <> max(both_rows.status)`)};
    END IF;
  END IF;
  IF note.stage_ids IS NOT NULL THEN
    SELECT author.instance, author.actor INTO note.instance, note.actor FROM ${s}.edit_author() AS author;
    ${noted(s)}
  END IF;
  IF n > 0 THEN
    PERFORM ${s}.stage_say('edit ' || CASE WHEN n > ${MOST_INSTANTS} THEN 'resync' ELSE instants END);
  END IF;
  RETURN NULL;
END
$fn$;

CREATE OR REPLACE TRIGGER stage_notify_update AFTER UPDATE ON ${s}.stage REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT WHEN (${notAdvancing(names)}) EXECUTE FUNCTION ${s}.stage_notify();
`;
};
