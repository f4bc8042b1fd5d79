import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, quoteLiteral } from '../names.ts';
import { type Names, OWNER } from './0003-any-deployment/names.ts';

/**
 * Who may call: API keys that are made while the service runs, by the SHA-256 of their secrets. And what POSTs with an
 * Idempotency-Key were answered, so that a repeated one is not done twice.
 */
export class Keys extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const s = quoteIdentifier(String(row?.['name']));
    const table = (name: string) => `${quoteLiteral(`${s}.${name}`)}::pg_catalog.regclass`;
    for (const script of [tables, rights]) this.addSql(`DO $script$ ${script({ s, table, oldChannel: '' })} $script$`);
  }
}

const tables = ({ s }: Names): string => `
BEGIN
CREATE TABLE ${s}.api_key (
  id           uuid PRIMARY KEY DEFAULT ${s}.time_ordered_uuid(),
  name         text NOT NULL CONSTRAINT api_key_name_form CHECK (name ~ '^[A-Za-z0-9_.@-]{1,64}$'), -- the actor on the record
  scope        text NOT NULL CONSTRAINT api_key_scope_known CHECK (scope IN ('read', 'write', 'admin')),
  sha256       text NOT NULL UNIQUE CONSTRAINT api_key_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  created_at   timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  created_by   text,
  expires_at   timestamptz(3),
  last_used_at timestamptz(3), -- written at most once a minute
  revoked_at   timestamptz(3),
  CONSTRAINT api_key_expires_later CHECK (expires_at > created_at AND expires_at < '2200-01-01Z')
) WITH (fillfactor = 50);
-- A name is free again once its key is revoked.
CREATE UNIQUE INDEX api_key_by_name ON ${s}.api_key (name) WHERE revoked_at IS NULL;

-- Whoever changes a key, by SQL too: every instance looks again. That a key was used is no change.
CREATE FUNCTION ${s}.api_key_say() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.stage_say('keys');
  RETURN NULL;
END
$fn$;
CREATE TRIGGER api_key_say AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF name, scope, sha256, expires_at, revoked_at
  ON ${s}.api_key FOR EACH STATEMENT EXECUTE FUNCTION ${s}.api_key_say();

-- A row is written by the transaction that did what was asked for.
CREATE TABLE ${s}.idempotency (
  caller     text NOT NULL, -- keys of different callers never meet
  key        text NOT NULL,
  route      text NOT NULL,
  request    text NOT NULL, -- SHA-256 of what was asked for
  status     integer NOT NULL,
  headers    jsonb NOT NULL,
  answer     text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_by_age ON ${s}.idempotency (created_at);
END`;

/** What the service itself needs. */
const GRANTED = [
  ['api_key', 'SELECT, INSERT, UPDATE'],
  ['idempotency', 'SELECT, INSERT, UPDATE, DELETE'],
] as const;

/** As in 0007-changes/rights.ts: all belongs to the owner of `stage`, and roles that may lead get their rights. */
const rights = ({ s, table }: Names): string => `
DECLARE
  owner text;
  holder record;
BEGIN
  SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = ${table('stage')};
  IF owner <> current_user::regrole::text THEN
${GRANTED.map(([name]) => `    EXECUTE 'ALTER TABLE ${text(s)}.${name} OWNER TO ' || owner;`).join('\n')}
    EXECUTE 'ALTER FUNCTION ${text(s)}.api_key_say OWNER TO ' || owner;
  END IF;
  REVOKE ALL ON FUNCTION ${s}.api_key_say FROM PUBLIC;
  FOR holder IN
    SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
    WHERE oid = ${table('leadership')} AND privilege_type = 'UPDATE' AND grantee <> relowner
  LOOP
${GRANTED.map(([name, granted]) => `    EXECUTE 'GRANT ${granted} ON ${text(s)}.${name} TO ' || coalesce(nullif(holder.grantee, 0)::regrole::text, 'PUBLIC');`).join('\n')}
  END LOOP;
END`;

/** Inside a literal. */
const text = (identifier: string): string => identifier.replaceAll("'", "''");
