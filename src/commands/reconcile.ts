import { LeadershipLostError } from '../base/errors.ts';
import type { Queryable } from '../db/database.ts';
import { advance, type BoundaryKey } from '../db/leading/advance.ts';
import { findStuck, isOfRows, isOfTime, KEPT, readDueStages, type StuckStage } from '../db/leading/stuck.ts';
import { RECORD_GREW } from '../db/names.ts';
import { say } from '../db/say.ts';

/** How many boundaries were crossed, by direction, and which stages could not be moved. */
export interface Reconciled {
  activated: number;
  completed: number;
  stuck: StuckStage[];
}

/** Boundaries per statement: few enough that nobody notices its locks. */
const BATCH = 1000;
/** No more than this are named one by one. */
const MOST_STUCK = 10_000;

/**
 * A sweep by hand: everything due, under whichever term is current. Any instance may do it, because the database judges
 * what is due. Rows that somebody else is editing are left to the leader. Stages that cannot be moved are left out and
 * reported.
 * @throws DatabaseUnavailableError
 */
export async function reconcile(db: Queryable, who: { instance: string; actor: string | null }): Promise<Reconciled> {
  const total = { activated: 0, completed: 0 };
  const stuck = new Map<string, StuckStage>();
  let limit = BATCH;
  let from: BoundaryKey | null = null;
  for (;;) {
    const without = [...stuck.keys()];
    try {
      const advanced = await advance(db, { term: null, limit, from, without, cause: 'sweep', ...who });
      const { isCurrent, tally, kept, chosen, last } = advanced;
      // Any term would do, so there is no row at all.
      if (!isCurrent) throw new LeadershipLostError();
      for (const { to, count } of tally) total[to === 'active' ? 'activated' : 'completed'] += count;
      for (const id of kept) stuck.set(id, { id, ...KEPT });
      if (chosen < limit) {
        // If this fails, the leader's next heartbeat says it.
        if (total.activated + total.completed > 0) await say(db, RECORD_GREW).catch(() => {});
        return { ...total, stuck: [...stuck.values()] };
      }
      from = last;
      limit = Math.min(BATCH, limit * 2);
    } catch (error) {
      if (!isOfRows(error) || stuck.size >= MOST_STUCK) throw error;
      const found = await findStuck(db, { most: limit, without, from });
      for (const stage of found) stuck.set(stage.id, stage);
      if (found.length > 0) continue;
      // No stage alone is to blame. If time ran out, somebody holds the gate or a table.
      if (isOfTime(error)) throw error;
      const [first] = await readDueStages(db, 1, without, from);
      if (first === undefined) throw error;
      if (limit === 1) {
        const { code, message } = error as { code: string; message: string };
        stuck.set(first.id, { id: first.id, code, reason: message });
      }
      limit = Math.max(1, limit >> 2);
    }
  }
}
