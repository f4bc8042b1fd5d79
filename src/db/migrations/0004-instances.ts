import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier } from '../names.ts';

/**
 * The live instances, each with what it is and its troubles, so that doctor and any instance can show all of them. It
 * is written rarely, and never by an advance: nothing depends on it. Rows are small, and half of each page is left
 * free, so that an update stays in its page and touches no index.
 */
export class Instances extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    this.addSql(instances(quoteIdentifier(String(row?.['name']))));
  }
}

// Roles that may lead, by grants for an earlier release, get rights on the new table too.
const instances = (s: string): string => `DO $script$ DECLARE holder record; BEGIN
CREATE TABLE ${s}.instance (
  id              uuid PRIMARY KEY, -- one for each start of a process: a name may be given twice
  name            text NOT NULL,
  version         text NOT NULL,
  role            text NOT NULL,
  lease_ms        integer NOT NULL,
  settings        jsonb NOT NULL,   -- what must be alike on all instances, by variable; no secrets
  host            text NOT NULL,
  pid             integer NOT NULL,
  clock_offset_ms double precision, -- the database's clock minus the host's; null: not known yet
  troubles        jsonb NOT NULL,
  started_at      timestamptz(3) NOT NULL,
  seen_at         timestamptz(3) NOT NULL
) WITH (fillfactor = 50);

FOR holder IN
  SELECT DISTINCT grantee FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(relacl)
  WHERE nspname = current_schema() AND relname = 'leadership' AND privilege_type = 'UPDATE' AND grantee <> relowner
LOOP
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.instance TO %s', current_schema(),
    CASE WHEN holder.grantee = 0 THEN 'PUBLIC' ELSE holder.grantee::regrole::text END);
END LOOP;
END $script$`;
