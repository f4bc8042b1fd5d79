import { messageOf } from '../../base/errors.ts';
import type { Queryable } from '../database.ts';
import { MIGRATIONS_TABLE } from '../names.ts';
import { due } from '../outstanding.ts';
import { KnownDatabaseError, troubleOf } from '../troubles.ts';

/** The rights that the service needs on each of its tables, as operations.md grants them. */
export const RIGHTS: readonly [table: string, rights: string][] = [
  ['assignment', 'SELECT INSERT UPDATE DELETE'],
  ['stage', 'SELECT INSERT UPDATE DELETE'],
  ['transition', 'SELECT INSERT'],
  ['leadership', 'SELECT UPDATE'],
  ['term', 'SELECT INSERT UPDATE'],
  ['change', 'SELECT'],
  ['change_commit', 'SELECT'],
  ['record_pruned', 'SELECT'],
  ['alert', 'SELECT'],
  ['alert_event', 'SELECT'],
  ['webhook', 'SELECT INSERT UPDATE DELETE'],
  ['webhook_delivery', 'SELECT INSERT UPDATE DELETE'],
  [MIGRATIONS_TABLE, 'SELECT'],
];
const FUNCTIONS = ['batch_chosen', 'batch_gate', 'record_settled'];

const LACKING = {
  name: 'lacking_rights',
  text: `WITH wanted AS (
    SELECT c.oid, t.name, t.rights FROM unnest($1::text[], $2::text[]) AS t (name, rights)
    JOIN pg_class c ON c.relname = t.name AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  )
  SELECT privilege || ' on ' || name AS lacking FROM wanted, unnest(string_to_array(rights, ' ')) AS privilege
    WHERE NOT has_table_privilege(oid, privilege)
  UNION ALL SELECT 'row security' FROM wanted WHERE row_security_active(oid)
  UNION ALL SELECT 'EXECUTE on function ' || proname FROM pg_proc
    WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND proname = ANY ($3::text[]) AND NOT has_function_privilege(oid, 'EXECUTE')
  UNION ALL SELECT 'USAGE on schema ' || current_schema() WHERE NOT has_schema_privilege(current_schema(), 'USAGE')`,
};

/** What keeps this role from seeing or writing rows. */
export interface Lacking {
  /** Such as `UPDATE on stage`. */
  rights: string[];
  /** A policy hides rows from us. */
  isHidden: boolean;
}

/** What this connection's role lacks. Touches no row. */
export async function readLacking(db: Queryable): Promise<Lacking> {
  const rows = await db.query<{ lacking: string }>(LACKING, [
    RIGHTS.map(([name]) => name),
    RIGHTS.map(([, rights]) => rights),
    FUNCTIONS,
  ]);
  const all = [...new Set(rows.map(({ lacking }) => lacking))];
  return { rights: all.filter((right) => right !== 'row security'), isHidden: all.includes('row security') };
}

/** Tries everything that the service writes, and undoes it, in one statement. */
const WRITE = {
  name: 'try_to_write',
  text: `DO $$
BEGIN
  UPDATE stage SET name = name, position = position, status = status, version = version, updated_at = updated_at WHERE false;
  UPDATE assignment SET title = title, time_zone = time_zone, version = version, updated_at = updated_at WHERE false;
  UPDATE leadership SET heartbeat_at = heartbeat_at, instance = instance, since = since, lease_ms = lease_ms, nonce = nonce
    WHERE epoch < 0 AND deployment IS NULL;
  INSERT INTO assignment (title, time_zone) SELECT '', '' WHERE false;
  INSERT INTO stage (assignment_id, name, position, start_date, end_date) SELECT gen_random_uuid(), '', 0, NULL, NULL WHERE false;
  INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term, actor)
    SELECT gen_random_uuid(), gen_random_uuid(), '', '', NULL, now(), 'edit', '', 0, '' WHERE false;
  PERFORM id, role FROM transition WHERE false;
  PERFORM batch_chosen(0), batch_gate(NULL), notify_queue_usage(), stage_status(now(), now(), now()), pg_notify('', ''),
    pg_notification_queue_usage() WHERE false;
  IF to_regclass('record_gate') IS NULL OR to_regclass('batch_slot') IS NULL OR to_regclass('edit') IS NULL THEN
    RAISE undefined_table USING MESSAGE = 'one of the tables record_gate, batch_slot and edit is missing';
  END IF;
  PERFORM FROM stage WHERE ${due('start_date', "'-infinity'")} LIMIT 1 FOR UPDATE;
  -- And one row, which needs room on the disk.
  BEGIN
    INSERT INTO term (epoch, instance, started_at) VALUES (-1 - floor(random() * 1e15)::bigint, 'probe', now());
    RAISE EXCEPTION USING ERRCODE = 'SB001';
  EXCEPTION WHEN SQLSTATE 'SB001' THEN NULL;
  END;
END $$`,
};

/** Writes as the service does, and undoes it. @throws DatabaseUnavailableError why it cannot */
export async function tryToWrite(db: Queryable): Promise<void> {
  try {
    await db.query(WRITE);
  } catch (error) {
    if (troubleOf(error)?.part === 'rights') await explainRights(db, error);
    throw error;
  }
}

/** @throws KnownDatabaseError what the role lacks, if that can be found out */
async function explainRights(db: Queryable, error: unknown): Promise<void> {
  const { rights, isHidden } = await readLacking(db);
  const known = { detail: messageOf((error as Error).cause ?? error), isBlocking: true, endsByItself: false };
  if (isHidden) {
    throw new KnownDatabaseError(
      {
        part: 'rights',
        cause: 'row-level security hides rows from the database role: those stages would silently stay behind',
        cure: 'ALTER ROLE ... BYPASSRLS for the role of DATABASE_URL, or ALTER TABLE ... DISABLE ROW LEVEL SECURITY; where the role owns the table, ALTER TABLE ... NO FORCE ROW LEVEL SECURITY',
        ...known,
      },
      error,
    );
  }
  if (rights.length > 0) {
    throw new KnownDatabaseError(
      {
        part: 'rights',
        cause: `the database role lacks ${rights.join(', ')}`,
        cure: 'GRANT it to the role of DATABASE_URL (docs/operations.md, "Roles and grants"), or make the role the owner of the tables',
        ...known,
      },
      error,
    );
  }
}

export interface Server {
  encoding: string;
  /** What a crash of the server may lose: with `off`, transitions that were already announced. */
  synchronousCommit: string;
}

/** What doctor shows about the server, and settings that we do not change. */
export async function readServer(db: Queryable): Promise<Server> {
  const [row] = await db.query<Server>({
    name: 'server',
    text: `SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS "synchronousCommit"`,
  });
  if (row === undefined) throw new Error('The server did not say what it is.');
  return row;
}
