import { MOST_INSTANTS, named, noted, open, steps } from '../0003-any-deployment/edits.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';
import { authored, BATCH, FIRST_OF_TRUNCATE, REASON } from './author.ts';
import { difference, differs, STAGE_FIELDS, WRITING, whole } from './fields.ts';

/** The boundaries of a row before and after an edit, and whether the edit touched each: opened it, closed it or moved it. */
const boundaries = (o: string, r: string): string => `(VALUES
        (${o}.start_date, ${o}.status = 'pending' AND (${r}.status <> 'pending' OR ${r}.start_date IS DISTINCT FROM ${o}.start_date)),
        (${r}.start_date, ${r}.status = 'pending' AND (${o}.status <> 'pending' OR ${r}.start_date IS DISTINCT FROM ${o}.start_date)),
        (${o}.end_date, ${o}.status <> 'completed' AND (${r}.status = 'completed' OR ${r}.end_date IS DISTINCT FROM ${o}.end_date)),
        (${r}.end_date, ${r}.status <> 'completed' AND (${o}.status = 'completed' OR ${r}.end_date IS DISTINCT FROM ${o}.end_date))
      ) AS b (at, is_touched)`;
const TOUCHED = `SELECT b.at FROM old_rows AS o JOIN new_rows AS r ON r.id = o.id, LATERAL ${boundaries('o', 'r')}
      WHERE (o.start_date, o.end_date, o.status) IS DISTINCT FROM (r.start_date, r.end_date, r.status) AND b.is_touched AND b.at IS NOT NULL`;
const CHANGED = `SELECT r.id, r.assignment_id, o.status AS was, r.status, r.start_date, r.end_date
        FROM old_rows AS o JOIN new_rows AS r ON r.id = o.id WHERE r.status <> o.status`;
const columnsOf = (row: string): string => ['id', 'status', ...STAGE_FIELDS].map((name) => `${row}.${name}`).join(', ');

/**
 * What happens once for each statement that edits stages: it writes its changes, notes its changes of status for the
 * record, and announces the instants that it touched.
 *
 * Users may add columns of any name, so each of ours is qualified with its table.
 */
export const stages = (names: Names): string => {
  const { s, table } = names;
  const insert = (action: string, was: string, became: string, row: string, rows: string, first = 1) => `
    INSERT INTO ${s}.change (statement, n, stage_id, assignment_id, action, was, became, batch, instance, actor, reason)
    SELECT note.statement, row_number() OVER () + ${first - 1}, ${row}.id, ${row}.assignment_id, '${action}', ${was}, ${became}, ${BATCH}, note.instance, note.actor, ${REASON}
    FROM ${rows};
    GET DIAGNOSTICS changed = ROW_COUNT;`;
  return `
BEGIN
CREATE OR REPLACE FUNCTION ${s}.stage_notify() RETURNS trigger ${OWNER} ${WRITING} AS $fn$
DECLARE
  instants text;
  n integer := 0;
  changed integer := 0;
  note ${s}.edit;
  place tid;
  was record;
  becomes record;
BEGIN
  IF TG_OP = 'TRUNCATE' AND TG_WHEN = 'AFTER' THEN
    PERFORM ${s}.stage_say('edit resync');
    RETURN NULL;
  END IF;
  note.statement := nextval(${table('change_statement_seq')});
  ${authored(s)}
  IF TG_OP = 'TRUNCATE' THEN
    ${insert('deleted', whole(STAGE_FIELDS, 'r'), 'NULL', 'r', `${s}.stage AS r`, FIRST_OF_TRUNCATE)}
  ELSIF TG_OP = 'INSERT' THEN
    ${insert('created', 'NULL', whole(STAGE_FIELDS, 'r'), 'r', 'new_rows AS r')}
    ${named(open('new_rows'))};
    ${steps(`SELECT r.id, r.assignment_id, 'pending' AS was, r.status, r.start_date, r.end_date FROM new_rows AS r WHERE r.status <> 'pending'`)};
  ELSIF TG_OP = 'DELETE' THEN
    ${insert('deleted', whole(STAGE_FIELDS, 'r'), 'NULL', 'r', 'old_rows AS r')}
    ${named(open('old_rows'))};
  ELSIF (SELECT count(*) = 1 FROM (SELECT FROM new_rows LIMIT 2) AS few) THEN
    -- Most edits are of one row: without joins they take half as long.
    SELECT ${columnsOf('x')} INTO was FROM old_rows AS x;
    SELECT ${columnsOf('x')} INTO becomes FROM new_rows AS x;
    IF ${differs(STAGE_FIELDS, 'was', 'becomes')} THEN
      INSERT INTO ${s}.change (statement, n, stage_id, assignment_id, action, was, became, batch, instance, actor, reason)
      VALUES (note.statement, 1, becomes.id, becomes.assignment_id, 'edited', ${difference(STAGE_FIELDS, 'was', 'becomes')}, ${difference(STAGE_FIELDS, 'becomes', 'was')}, ${BATCH}, note.instance, note.actor, ${REASON});
      changed := 1;
    END IF;
    IF (was.start_date, was.end_date, was.status) IS DISTINCT FROM (becomes.start_date, becomes.end_date, becomes.status) THEN
      SELECT count(*), string_agg((extract(epoch FROM touched.at) * 1000)::bigint::text, ',') INTO n, instants
      FROM (SELECT DISTINCT b.at FROM ${boundaries('was', 'becomes')} WHERE b.is_touched AND b.at IS NOT NULL) AS touched;
      IF becomes.status <> was.status THEN
        ${steps(CHANGED)};
      END IF;
    END IF;
  ELSE
    ${insert('edited', difference(STAGE_FIELDS, 'o', 'r'), difference(STAGE_FIELDS, 'r', 'o'), 'r', `old_rows AS o JOIN new_rows AS r ON r.id = o.id WHERE ${differs(STAGE_FIELDS, 'o', 'r')}`)}
    ${named(TOUCHED)};
    -- Most edits change no status. To find that out costs a third of what the steps do.
    IF EXISTS (SELECT FROM old_rows AS o JOIN new_rows AS r ON r.id = o.id WHERE r.status <> o.status) THEN
      ${steps(CHANGED)};
    END IF;
  END IF;
  IF note.stage_ids IS NOT NULL THEN
    note.statement := NULL;
  END IF;
  IF note.stage_ids IS NOT NULL OR TG_OP = 'TRUNCATE' AND changed > 0 THEN
    ${noted(s)}
  END IF;
  IF n > 0 THEN
    PERFORM ${s}.stage_say('edit ' || CASE WHEN n > ${MOST_INSTANTS} THEN 'resync' ELSE instants END);
  ELSIF changed > 0 THEN
    PERFORM ${s}.stage_say('record');
  END IF;
  RETURN NULL;
END
$fn$;
CREATE TRIGGER stage_change_truncate BEFORE TRUNCATE ON ${s}.stage
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.stage_notify();
END`;
};
