import type { Statement } from './database.ts';

/** What an instance holds for its own work: six that it keeps (own-sessions.ts, and its ears), and one to try what is stuck. */
export const OWN_CONNECTIONS = 7;

const ROOM = {
  name: 'room',
  text: `SELECT least(
    CASE WHEN NOT rolsuper THEN current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0)
      - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') END,
    CASE WHEN NOT rolsuper AND rolconnlimit >= 0 THEN rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid) END,
    CASE WHEN NOT rolsuper AND datconnlimit >= 0 THEN datconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE datid = pg_database.oid) END
    )::int AS room FROM pg_roles, pg_database WHERE rolname = session_user AND datname = current_database()`,
};

/** How many further connections the server, the role and the database would give; null where nothing limits them. */
export async function readRoom(db: { query<Row>(statement: Statement): Promise<Row[]> }): Promise<number | null> {
  const [row] = await db.query<{ room: number | null }>(ROOM);
  return row?.room ?? null;
}
