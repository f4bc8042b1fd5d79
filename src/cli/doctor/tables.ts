import { driftInWords, readDrift } from '../../db/schema/drift.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether somebody has changed our tables. Triggers have a check of their own. */
export const tables: Check = {
  name: 'tables',
  needs: 'database',
  async run({ db }) {
    const drift = (await readDrift(db)).filter(({ what }) => what !== 'trigger' && what !== 'disabled');
    const trouble = driftInWords(drift);
    if (trouble === null) return ok('tables_ok', 'columns, indexes, owners and ids are as the migrations made them');
    return fail('tables_drifted', trouble.cause, trouble.cure);
  },
};
