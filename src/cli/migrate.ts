import { migrate } from '../db/schema.ts';
import { withDatabase } from './with-database.ts';

/** Brings the schema up to date and nothing else: no scheduler is ever made here. */
export function migrateCommand(env: NodeJS.ProcessEnv): Promise<number> {
  return withDatabase(env, async (database, db) => {
    const applied = await migrate(database, db);
    process.stdout.write(applied.length === 0 ? 'The schema is current.\n' : `Applied ${applied.join(', ')}.\n`);
    return 0;
  });
}
