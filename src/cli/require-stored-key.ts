import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { hasState } from '../base/sqlstate.ts';
import { needsStoredKeys, noKeys } from '../config/config.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../db/database.ts';
import { hasKeys } from '../db/read/keys.ts';

/** Before a database is opened, so that none is made for nothing: a new one has no keys. @throws ConfigError */
export function refuseNewWithoutKeys(config: Config): void {
  const { url, dataDir } = config.database;
  if (url === null && needsStoredKeys(config) && !existsSync(join(dataDir, 'pglite'))) throw noKeys(config);
}

/**
 * A service that others can reach, without keys in its configuration, needs one in its database. That is a help, not a
 * lock: it answers nobody without a key anyway. So it does not wait here for a database that is away.
 * @throws ConfigError
 */
export async function requireStoredKey(config: Config, database: Database, log: Log): Promise<void> {
  if (!needsStoredKeys(config)) return;
  try {
    await database.connect();
    if (await hasKeys(database)) return;
  } catch (error) {
    if (!hasState(error, 'noTable')) {
      log.warn({ event: 'keys_unknown', error: messageOf(error) }, 'cannot look yet whether a key is stored: going on');
      return;
    }
  }
  await database.close();
  throw noKeys(config);
}
