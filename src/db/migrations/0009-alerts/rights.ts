import type { Names } from '../0003-any-deployment/names.ts';

const TABLES = ['alert', 'alert_event'];
/** What the service calls. */
const CALLED = [
  'raise_alert(text, text, text, text, text, text, text, float8, boolean)',
  'resolve_alert(text, text, text, float8, uuid)',
];
const FUNCTIONS = ['place_alert', 'is_reported', ...CALLED];

/** As for the tables and functions of changes (0007-changes/rights.ts). Only the owner prunes. */
export const rights = ({ s, table }: Names): string => `
DECLARE
  owner text;
  holder record;
BEGIN
  SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = ${table('stage')};
  IF owner <> current_user::regrole::text THEN
${TABLES.map((name) => `    EXECUTE 'ALTER TABLE ${text(s)}.${name} OWNER TO ' || owner;`).join('\n')}
${FUNCTIONS.map((name) => `    EXECUTE 'ALTER FUNCTION ${text(s)}.${name} OWNER TO ' || owner;`).join('\n')}
  END IF;
  REVOKE ALL ON FUNCTION ${FUNCTIONS.map((name) => `${s}.${name}`).join(', ')} FROM PUBLIC;
  FOR holder IN
    SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
    WHERE oid = ${table('leadership')} AND privilege_type = 'UPDATE' AND grantee <> relowner
  LOOP
    EXECUTE 'GRANT SELECT ON ${TABLES.map((name) => `${text(s)}.${name}`).join(', ')} TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');
    EXECUTE 'GRANT EXECUTE ON FUNCTION ${CALLED.map((name) => `${text(s)}.${name}`).join(', ')} TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');
  END LOOP;
END`;

/** Inside a literal. */
const text = (identifier: string): string => identifier.replaceAll("'", "''");
