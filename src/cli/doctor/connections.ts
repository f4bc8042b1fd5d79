import { OWN_CONNECTIONS, readRoom } from '../../db/postgres/room.ts';
import { type Check, fail, ok, warn } from './check.ts';

const CURE =
  'lower DATABASE_POOL_SIZE or the number of instances, or raise max_connections or the limit of the role or the database: docs/operations.md, "Connections"';

/** Free connections against what one more instance needs: while you deploy, the old ones and the new ones run at once. */
export const connections: Check = {
  name: 'connections',
  needs: 'database',
  async run({ db, database, config, instances }) {
    if (database?.kind === 'embedded') return ok('connections_embedded', 'embedded: one, in this process');
    const room = await readRoom(db);
    if (room === null) return ok('connections_ok', 'nothing limits this role');
    const wanted = OWN_CONNECTIONS + config.database.poolSize;
    const text = `free: ${room}; an instance takes up to ${wanted}, ${OWN_CONNECTIONS} of them for its own work`;
    // The running instances have what they need, or report it themselves.
    if (room < OWN_CONNECTIONS && instances.length > 0)
      return warn(
        'connections_short',
        `${text}: one more instance, as during a deployment, has to wait until another ends`,
        CURE,
      );
    if (room < OWN_CONNECTIONS) return fail('connections_short', text, CURE);
    return room < wanted ? warn('connections_few', text, CURE) : ok('connections_ok', text);
  },
};
