import { type Check, fail, ok, warn } from './check.ts';

/** What an instance holds for its own work. */
const OWN = 7;
/** How many more the server, the role and the database would give; null where nothing limits them. */
const ROOM = {
  name: 'room',
  text: `SELECT least(
    CASE WHEN NOT rolsuper THEN current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0)
      - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') END,
    CASE WHEN NOT rolsuper AND rolconnlimit >= 0 THEN rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid) END,
    CASE WHEN NOT rolsuper AND datconnlimit >= 0 THEN datconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE datid = pg_database.oid) END
    )::float8 AS room FROM pg_roles, pg_database WHERE rolname = session_user AND datname = current_database()`,
};
const CURE =
  'lower DATABASE_POOL_SIZE or the number of instances, or raise max_connections or the limit of the role or the database: docs/operations.md, "Connections"';

/** Free connections against what one more instance needs: while you deploy, the old ones and the new ones run at once. */
export const connections: Check = {
  name: 'connections',
  needs: 'database',
  async run({ db, database, config }) {
    if (database?.kind === 'embedded') return ok('connections_embedded', 'embedded: one, in this process');
    const [row] = await db.query<{ room: number | null }>(ROOM);
    const room = row?.room ?? null;
    if (room === null) return ok('connections_ok', 'nothing limits this role');
    const wanted = OWN + config.database.poolSize;
    const text = `${room} more to be had; an instance takes up to ${wanted}, ${OWN} of them for its own work`;
    if (room < OWN) return fail('connections_short', text, CURE);
    return room < wanted ? warn('connections_few', text, CURE) : ok('connections_ok', text);
  },
};
