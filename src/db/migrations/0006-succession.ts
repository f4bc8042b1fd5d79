import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier } from '../names.ts';
import { OWNER } from './0003-any-deployment/names.ts';

/**
 * A crashed leader is told of by PostgreSQL, which ends the sessions of a dead process: the leader holds a lock on
 * `leader_alive` for as long as it lives, and the others wait for it. A view and not a table, because VACUUM
 * would wait for the lock of a table, and the age of a table that is never vacuumed stops the whole server in the end.
 */
export class Succession extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    this.addSql(
      `DO $script$ DECLARE holder record; BEGIN ${succession(quoteIdentifier(String(row?.['name'])))} END $script$`,
    );
  }
}

const succession = (s: string): string => `
ALTER TABLE ${s}.leadership
  ADD COLUMN alive_epoch bigint, -- the term whose leader holds the lock on leader_alive
  ADD COLUMN backend integer;    -- the session that writes the leader's heartbeats; null: it has not its own lock
CREATE VIEW ${s}.leader_alive AS SELECT 'locked by the leader for as long as it lives'::text AS note;

-- As before, and the pulse says that there is a lock to wait for. Releases before this one do not look at that word.
CREATE OR REPLACE FUNCTION ${s}.leadership_say() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  IF current_setting('stagebell.mute', true) = 'on' THEN
    RETURN NULL;
  END IF;
  PERFORM ${s}.stage_say(CASE
    WHEN NEW.epoch <> OLD.epoch THEN 'term ' || NEW.epoch
    WHEN NEW.instance IS NULL THEN 'vacant ' || NEW.epoch
    ELSE 'pulse ' || NEW.epoch || ' ' || (extract(epoch FROM clock_timestamp()) * 1000)::bigint
      || CASE WHEN NEW.alive_epoch = NEW.epoch THEN ' alive' ELSE '' END END);
  RETURN NULL;
END
$fn$;

-- Roles that lead by grants made for an earlier release may lock it as well: for that it takes UPDATE.
FOR holder IN
  SELECT DISTINCT grantee FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(relacl)
  WHERE nspname = current_schema() AND relname = 'leadership' AND privilege_type = 'UPDATE' AND grantee <> relowner
LOOP
  EXECUTE format('GRANT SELECT, UPDATE ON %I.leader_alive TO %s', current_schema(),
    CASE WHEN holder.grantee = 0 THEN 'PUBLIC' ELSE holder.grantee::regrole::text END);
END LOOP;
EXECUTE (SELECT format('ALTER VIEW %I.leader_alive OWNER TO %s', current_schema(), relowner::regrole)
  FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = current_schema() AND relname = 'leadership');
`;
