import { LeadershipLostError } from '../../base/errors.ts';
import { hasState } from '../../base/sqlstate.ts';
import type { Queryable } from '../database.ts';
import { type Leadership, readLeadership } from './term.ts';

const RESTORE = {
  name: 'restore_leadership',
  text: `INSERT INTO leadership (epoch, deployment)
    SELECT coalesce(max(epoch), 0), coalesce($1::uuid, gen_random_uuid()) FROM term ON CONFLICT DO NOTHING`,
};

/**
 * Who leads; a row that is lost is put back. The nonce is new, so no earlier term can act.
 * @param deployment the name by which this process knows it: others go on with the same one
 * @throws LeadershipLostError where we have no right to put it back
 */
export async function readOrRestoreLeadership(db: Queryable, deployment: string | null): Promise<Leadership> {
  try {
    return await readLeadership(db);
  } catch (error) {
    if (!(error instanceof LeadershipLostError)) throw error;
    await db.query(RESTORE, [deployment]).catch((refusal) => {
      throw hasState(refusal, 'forbidden') ? error : refusal;
    });
    return readLeadership(db);
  }
}
