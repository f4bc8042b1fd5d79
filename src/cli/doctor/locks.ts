import { blockerInWords, cureOf, readWaitsForStandby, standbyInWords } from '../../db/blockers.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether somebody keeps our sessions waiting: those of the service, or doctor's own. */
export const locks: Check = {
  name: 'locks',
  needs: 'database',
  async run(patient) {
    const names = patient.database?.kind === 'postgres' ? await readWaitsForStandby(patient.db) : null;
    if (names !== null) {
      const { cause, cure, detail } = standbyInWords(names);
      return fail('locks_standby', `${cause} (${detail})`, cure);
    }
    await patient.lookForBlockers();
    const blockers = [...patient.waitedFor.values()];
    if (blockers.length === 0) return ok('locks_none', 'nobody keeps Stagebell waiting');
    return fail(
      'locks_held',
      `Stagebell waits for ${blockers.map(blockerInWords).join('; ')}`,
      `let it finish, or end it: ${cureOf(blockers)}`,
    );
  },
};
