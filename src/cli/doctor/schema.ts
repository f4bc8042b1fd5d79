import { readSchemaState } from '../../db/schema.ts';
import { type Check, fail, ok } from './check.ts';

export const schema: Check = {
  name: 'schema',
  needs: 'database',
  async run({ db }) {
    const state = await readSchemaState(db);
    if (state.kind === 'behind')
      return fail(
        'schema_behind',
        `behind this code by ${state.missing.join(', ')}`,
        'stagebell migrate, as the owner of the tables',
      );
    if (state.kind === 'newer')
      return fail(
        'schema_newer',
        `newer than this code (${state.unknown.join(', ')})`,
        'deploy the newer release here',
      );
    return ok('schema_ok', 'current');
  },
};
