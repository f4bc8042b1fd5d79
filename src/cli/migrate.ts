import { messageOf } from '../base/errors.ts';
import type { Database, Queryable } from '../db/database.ts';
import { buildLaterIndexes } from '../db/schema/later-indexes.ts';
import { migrate, readSchemaState, refuseNewer } from '../db/schema/schema.ts';
import { withDatabase } from './with-database.ts';

/** Brings the schema up to date and nothing else: no scheduler is ever made here. */
export function migrateCommand(env: NodeJS.ProcessEnv, options: { dryRun?: boolean } = {}): Promise<number> {
  return withDatabase(env, { mayMake: !options.dryRun }, async (database, db) => {
    if (options.dryRun) {
      const state = await readSchemaState(db);
      refuseNewer(state);
      const text = state.kind === 'behind' ? `Would apply ${state.missing.join(', ')}.` : 'The schema is current.';
      process.stdout.write(`${text}\n`);
      return 0;
    }
    const applied = await migrate(database, db);
    process.stdout.write(applied.length === 0 ? 'The schema is current.\n' : `Applied ${applied.join(', ')}.\n`);
    await buildIndexes(database, db);
    return 0;
  });
}

/**
 * A failure here does not stop a deployment: the service works without these indexes, if slowly, and builds them at its
 * next start.
 */
async function buildIndexes(database: Database, db: Queryable): Promise<void> {
  try {
    const built = await buildLaterIndexes(database, db);
    if (built.length > 0) process.stdout.write(`Built the indexes ${built.join(', ')}.\n`);
  } catch (error) {
    process.stderr.write(`stagebell: an index could not be built, see stagebell doctor: ${messageOf(error)}\n`);
  }
}
