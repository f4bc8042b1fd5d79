import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../db/database.ts';

/** The database that the configuration names; the driver that is not used is not loaded. */
export async function openDatabase(config: Config, clock: Clock, log: Log): Promise<Database> {
  const { url, dataDir, poolSize } = config.database;
  if (url !== null) {
    const { PostgresDatabase } = await import('../db/postgres.ts');
    return new PostgresDatabase(url, clock, log, poolSize);
  }
  const { PgliteDatabase } = await import('../db/pglite.ts');
  return new PgliteDatabase(dataDir, log);
}
