import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { loadConfig } from '../config/config.ts';
import type { Config } from '../config/schema.ts';
import type { Database, Session } from '../db/database.ts';
import { openDatabase } from './open-database.ts';
import { refuseToMake, targetOf } from './target.ts';

const TIMEOUT_MS = 60_000;

/**
 * Opens the configured database for the length of one command, and says which one it is.
 * @param mayMake false: an embedded database that does not exist is not created
 * @throws StagebellError when it cannot
 */
export async function withDatabase<T>(
  env: NodeJS.ProcessEnv,
  { mayMake, isQuiet = false }: { mayMake: boolean; isQuiet?: boolean },
  work: (database: Database, db: Session, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(env);
  if (!mayMake) refuseToMake(config);
  // On stderr, because programs read the answer on stdout.
  if (!isQuiet) process.stderr.write(`database  ${targetOf(config)}\n`);
  const database = await openDatabase(config, systemClock, silentLog);
  const db = database.openSession('cli', TIMEOUT_MS);
  try {
    await database.connect();
    return await work(database, db, config);
  } finally {
    await db.close();
    await database.close();
  }
}
