const TABLES = ['webhook', 'webhook_delivery'];

/**
 * Everything belongs to the owner of `stage`, whichever role migrates. Roles that may lead, by grants for an earlier
 * release, get rights on the new tables too.
 */
export const rights = (s: string): string => `
DECLARE
  owner text;
  holder record;
  tab text;
BEGIN
  SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = '${s.replaceAll("'", "''")}.stage'::pg_catalog.regclass;
  FOREACH tab IN ARRAY ARRAY['${TABLES.join("', '")}'] LOOP
    IF owner <> current_user::regrole::text THEN
      EXECUTE format('ALTER TABLE %I.%I OWNER TO %s', current_schema(), tab, owner);
    END IF;
    FOR holder IN
      SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
      WHERE oid = '${s.replaceAll("'", "''")}.leadership'::pg_catalog.regclass AND privilege_type = 'UPDATE' AND grantee <> relowner
    LOOP
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %s', current_schema(), tab,
        CASE WHEN holder.grantee = 0 THEN 'PUBLIC' ELSE holder.grantee::regrole::text END);
    END LOOP;
  END LOOP;
END`;
