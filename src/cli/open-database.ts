import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../db/database.ts';
import type { Surroundings } from '../db/embedded/surroundings.ts';

/**
 * The database that the configuration names; the driver that is not used is not loaded.
 * @param around how an embedded database reaches the process around it
 */
export async function openDatabase(
  config: Config,
  clock: Clock,
  log: Log,
  around: Partial<Surroundings> = {},
): Promise<Database> {
  const { url, dataDir, dataSync, poolSize } = config.database;
  if (url !== null) {
    const { PostgresDatabase } = await import('../db/postgres/postgres.ts');
    return new PostgresDatabase(url, clock, log, poolSize);
  }
  const { PgliteDatabase } = await import('../db/embedded/pglite.ts');
  return new PgliteDatabase(dataDir, log, { clock, isDurable: dataSync, ...around });
}
