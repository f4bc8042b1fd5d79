import type { Clock } from '../../base/clock.ts';
import type { Statement } from '../database.ts';
import { OWN_SESSIONS } from '../names.ts';

/** Connections that an instance needs for its own work. */
export const OWN_CONNECTIONS = OWN_SESSIONS.length;

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

/** How many more connections the server, the role and the database would allow; null if there is no limit. */
export async function readRoom(db: { query<Row>(statement: Statement): Promise<Row[]> }): Promise<number | null> {
  const [row] = await db.query<{ room: number | null }>(ROOM);
  return row?.room ?? null;
}

/**
 * On a new connection this question takes longer than connecting, so one answer serves all that open within this time.
 */
const FRESH_MS = 1000;

/** How many more connections are possible, asked as connections open. */
export class Room {
  readonly #clock: Clock;
  #asked: { atMs: number; room: Promise<number | null>; openedSince: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param db the connection that has just been opened @returns null: no limit, or it could not be asked */
  async afterOpening(db: Parameters<typeof readRoom>[0]): Promise<number | null> {
    const nowMs = this.#clock.monoMs();
    if (this.#asked === null || nowMs - this.#asked.atMs > FRESH_MS)
      this.#asked = { atMs: nowMs, room: readRoom(db).catch(() => null), openedSince: 0 };
    else this.#asked.openedSince += 1;
    const { room, openedSince } = this.#asked;
    const found = await room;
    return found === null ? null : found - openedSince;
  }
}
