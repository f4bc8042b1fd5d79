import type { Names } from '../0003-any-deployment/names.ts';

/** What only triggers and our own functions use. */
const OURS = ['change_gate', 'change_statement_seq'];
/** What the service itself reads and writes. Only the owner prunes. */
const THEIRS: readonly [table: string, rights: string][] = [
  ['change', 'SELECT'],
  ['change_commit', 'SELECT'],
  ['record_pruned', 'SELECT'],
  ['record_consumer', 'SELECT, INSERT, UPDATE, DELETE'],
];
/** What they may call. Only triggers and these functions call the others. */
const CALLED = ['record_settled', 'mend_record_ids'];
const FUNCTIONS = [
  'assignment_change',
  'change_record',
  'is_put_off',
  'commits_or_puts_off',
  'put_off',
  'place_changes',
  'record_truncate',
  'record_goes_on',
  ...CALLED,
];

/**
 * Everything belongs to the owner of `stage`, whichever role migrates. Roles that may lead, by grants for an earlier
 * release, get rights on the new tables too. Edits need none of them: the triggers have the owner's rights.
 */
export const rights = ({ s, table }: Names): string => `
DECLARE
  owner text;
  holder record;
BEGIN
  SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = ${table('stage')};
  IF owner <> current_user::regrole::text THEN
${[...OURS, ...THEIRS.map(([name]) => name)].map((name) => `    EXECUTE 'ALTER TABLE ${text(s)}.${name} OWNER TO ' || owner;`).join('\n')}
${FUNCTIONS.map((name) => `    EXECUTE 'ALTER FUNCTION ${text(s)}.${name} OWNER TO ' || owner;`).join('\n')}
  END IF;
  REVOKE ALL ON FUNCTION ${FUNCTIONS.map((name) => `${s}.${name}`).join(', ')} FROM PUBLIC;
  FOR holder IN
    SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
    WHERE oid = ${table('leadership')} AND privilege_type = 'UPDATE' AND grantee <> relowner
  LOOP
${THEIRS.map(([name, granted]) => `    EXECUTE 'GRANT ${granted} ON ${text(s)}.${name} TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');`).join('\n')}
    EXECUTE 'GRANT EXECUTE ON FUNCTION ${CALLED.map((name) => `${text(s)}.${name}`).join(', ')} TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');
  END LOOP;
END`;

/** Inside a literal. */
const text = (identifier: string): string => identifier.replaceAll("'", "''");
