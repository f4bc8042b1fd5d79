import { noted } from '../0003-any-deployment/edits.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';
import { authored, BATCH, FIRST_OF_TRUNCATE, REASON } from './author.ts';
import { ASSIGNMENT_FIELDS, difference, differs, WRITING, whole } from './fields.ts';

/** The same for assignments, which have neither instants nor a status. */
export const assignments = ({ s, table }: Names): string => {
  const insert = (action: string, was: string, became: string, row: string, rows: string, first = 1) => `
    INSERT INTO ${s}.change (statement, n, assignment_id, action, was, became, batch, instance, actor, reason)
    SELECT note.statement, row_number() OVER () + ${first - 1}, ${row}.id, '${action}', ${was}, ${became}, ${BATCH}, note.instance, note.actor, ${REASON}
    FROM ${rows};`;
  const on = (op: string, referencing: string) => `
CREATE TRIGGER assignment_change_${op.toLowerCase()} AFTER ${op} ON ${s}.assignment ${referencing}
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.assignment_change();`;
  return `
BEGIN
CREATE FUNCTION ${s}.assignment_change() RETURNS trigger ${OWNER} ${WRITING} AS $fn$
DECLARE
  note ${s}.edit;
  place tid;
BEGIN
  note.statement := nextval(${table('change_statement_seq')});
  ${authored(s)}
  IF TG_OP = 'TRUNCATE' THEN
    ${insert('deleted', whole(ASSIGNMENT_FIELDS, 'r'), 'NULL', 'r', `${s}.assignment AS r`, FIRST_OF_TRUNCATE)}
  ELSIF TG_OP = 'INSERT' THEN
    ${insert('created', 'NULL', whole(ASSIGNMENT_FIELDS, 'r'), 'r', 'new_rows AS r')}
  ELSIF TG_OP = 'DELETE' THEN
    ${insert('deleted', whole(ASSIGNMENT_FIELDS, 'r'), 'NULL', 'r', 'old_rows AS r')}
  ELSE
    ${insert('edited', difference(ASSIGNMENT_FIELDS, 'o', 'r'), difference(ASSIGNMENT_FIELDS, 'r', 'o'), 'r', `old_rows AS o JOIN new_rows AS r ON r.id = o.id WHERE ${differs(ASSIGNMENT_FIELDS, 'o', 'r')}`)}
  END IF;
  IF FOUND THEN
    IF TG_OP = 'TRUNCATE' THEN
      ${noted(s)}
    END IF;
    PERFORM ${s}.stage_say('record');
  END IF;
  RETURN NULL;
END
$fn$;
${on('INSERT', 'REFERENCING NEW TABLE AS new_rows')}
${on('UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows')}
${on('DELETE', 'REFERENCING OLD TABLE AS old_rows')}
CREATE TRIGGER assignment_change_truncate BEFORE TRUNCATE ON ${s}.assignment
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.assignment_change();
END`;
};
