import { advance } from '../db/advance.ts';
import type { Queryable } from '../db/database.ts';

/** How many boundaries were crossed, by direction. */
export interface Reconciled {
  activated: number;
  completed: number;
}

/** Boundaries per statement: short enough for its locks to be felt by nobody. */
const BATCH = 1000;

/**
 * A sweep by hand: everything due, under whichever term is current. Any instance may do it, because
 * the database judges what is due. Rows that somebody else is editing are left to the leader.
 * @throws DatabaseUnavailableError
 */
export async function reconcile(db: Queryable, who: { instance: string; actor: string | null }): Promise<Reconciled> {
  const total: Reconciled = { activated: 0, completed: 0 };
  for (;;) {
    const { moved, tally } = await advance(db, { term: null, limit: BATCH, cause: 'sweep', ...who });
    for (const { to, count } of tally) total[to === 'active' ? 'activated' : 'completed'] += count;
    if (moved < BATCH) return total;
  }
}
