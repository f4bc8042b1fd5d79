import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, quoteLiteral } from '../names.ts';
import type { Names } from './0003-any-deployment/names.ts';

/** Who may read which calendar feed: tokens, by their SHA-256. And an index on deletions, which calendars tell. */
export class Calendar extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const s = quoteIdentifier(String(row?.['name']));
    const table = (name: string) => `${quoteLiteral(`${s}.${name}`)}::pg_catalog.regclass`;
    this.addSql(`DO $script$ ${script({ s, table, oldChannel: '' })} $script$`);
  }
}

// As in 0007-changes/rights.ts: it belongs to the owner of `stage`, and roles that may lead get rights on it.
const script = ({ s, table }: Names): string => `
DECLARE
  owner text;
  holder record;
BEGIN
CREATE TABLE ${s}.calendar_token (
  id            uuid PRIMARY KEY DEFAULT ${s}.time_ordered_uuid(),
  name          text NOT NULL CONSTRAINT calendar_token_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  assignment_id uuid, -- null: the feed of all. No foreign key: the feed outlives its assignment, to say that it is cancelled
  sha256        text NOT NULL UNIQUE CONSTRAINT calendar_token_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  created_at    timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  created_by    text,
  last_used_at  timestamptz(3), -- written at most once a minute
  revoked_at    timestamptz(3)
) WITH (fillfactor = 50);
-- As db/schema/later-indexes.ts has it, frozen with the migration. Where there is a record it is built later.
IF NOT EXISTS (SELECT FROM ${s}.change) THEN
  CREATE INDEX change_of_deletion ON ${s}.change (changed_at) WHERE action = 'deleted' AND stage_id IS NOT NULL;
END IF;

SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = ${table('stage')};
IF owner <> current_user::regrole::text THEN
  EXECUTE 'ALTER TABLE ${text(s)}.calendar_token OWNER TO ' || owner;
END IF;
FOR holder IN
  SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
  WHERE oid = ${table('leadership')} AND privilege_type = 'UPDATE' AND grantee <> relowner
LOOP
  EXECUTE 'GRANT SELECT, INSERT, UPDATE ON ${text(s)}.calendar_token TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');
END LOOP;
END`;

/** Inside a literal. */
const text = (identifier: string): string => identifier.replaceAll("'", "''");
