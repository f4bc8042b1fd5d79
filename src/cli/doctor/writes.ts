import { tryToWrite } from '../../db/schema/fitness.ts';
import { PARTS_OF_WRITING, troubleOf } from '../../db/troubles.ts';
import { type Check, fail, ok } from './check.ts';

/** Writes as the service does when it starts, and undoes it: answering SELECT is not enough. */
export const writes: Check = {
  name: 'writes',
  needs: 'database',
  async run(patient) {
    try {
      await tryToWrite(patient.db);
      return ok('writes_ok', 'a write succeeded and was undone');
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === null || !PARTS_OF_WRITING.includes(trouble.part)) throw error;
      const { part, cause, cure, detail } = trouble;
      patient.cannotWrite = { text: cause, cure };
      return fail(`writes_${part}`, detail ? `${cause} (${detail})` : cause, cure);
    }
  },
};
