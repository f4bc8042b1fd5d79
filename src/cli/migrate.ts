import { migrate, readSchemaState, refuseNewer } from '../db/schema.ts';
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
    return 0;
  });
}
