import { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Log } from '../../base/log.ts';
import { ENTITIES } from '../entities/all.ts';
import type { Footing } from './footing.ts';
import type { Limits } from './limits.ts';
import { poolClientWith } from './pool-client.ts';
import type { Startup } from './startup.ts';

/**
 * How much later than the server we give up on a statement. If the server cancels it first, we know that it did not
 * commit.
 */
export const CLIENT_GRACE_MS = 1000;

export interface OrmOptions {
  connection: pg.ClientConfig;
  startup: Startup;
  /** The most connections. */
  most: number;
  /** In force on each connection. A `statementMs` of 0 means no limit, here as well. */
  limits: Limits;
  footing: Footing;
  /** Awaited before a connection is handed out. */
  onConnect(client: pg.ClientBase): Promise<void>;
  onPoolCreated?(pool: pg.Pool): void;
  onError?(error: unknown): void;
  log: Log;
}

/** MikroORM over a pool of connections of ours. */
export function createOrm({ connection, startup, most, limits, footing, log, ...on }: OrmOptions): MikroORM {
  const { onConnect, onPoolCreated = () => {}, onError = () => {} } = on;
  const { host, port, database } = connection;
  return new MikroORM({
    entities: [...ENTITIES],
    dbName: database ?? 'postgres',
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    pool: { min: 0, max: most, idleTimeoutMillis: 60_000 },
    driverOptions: {
      ...connection,
      ...(limits.statementMs === 0 ? {} : { query_timeout: limits.statementMs + CLIENT_GRACE_MS }),
      Client: poolClientWith(
        startup,
        () => (footing.passage.isSession ? null : footing.perTransaction(limits)),
        onError,
      ),
      // The pool awaits it, whatever its type says.
      onConnect,
      onPoolCreated: (pool: pg.Pool) => {
        const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
        Object.assign(pool, { connect: () => startup.inTime(connect) });
        onPoolCreated(pool);
      },
    },
    // The pool complains here about dropped connections. Only for debugging: each request reports its own failure.
    logger: (message) => log.debug({ event: 'orm' }, message),
  });
}
