import { checkGround } from '../../db/schema/migration-ground.ts';
import { isFirst, readSchemaState } from '../../db/schema/schema.ts';
import { type Check, fail, ok } from './check.ts';

export const schema: Check = {
  name: 'schema',
  needs: 'database',
  async run({ db }) {
    const state = await readSchemaState(db);
    if (state.kind === 'current') return ok('schema_ok', 'current');
    if (state.kind === 'newer')
      return fail(
        'schema_newer',
        `newer than this code (${state.unknown.join(', ')})`,
        'deploy the newer release here',
      );
    // Where the migration could not succeed, the reason is reported instead: migrating is then no cure.
    await checkGround(db, isFirst(state));
    return fail(
      'schema_behind',
      `behind this code by ${state.missing.join(', ')}`,
      'run stagebell migrate, which says what fails and why; or restart the service, which migrates too',
    );
  },
};
