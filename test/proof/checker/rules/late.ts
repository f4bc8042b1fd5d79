import { type Facts, isByHand, latestCrossing } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at, say } from '../say.ts';

/**
 * `late`: a bell that nothing excuses. One that is due in calm has the calm bound; one that fell into
 * the shade of faults has until the last of them is healed and its bound is over. A fault that goes on and
 * costs a little each time has a bound of its own for each bell.
 */
export function* late(facts: Facts): Iterable<Violation> {
  for (const stage of facts.stages.values()) {
    for (const row of stage.rows) {
      if (row.dueMs === null || row.cause === 'edit' || isByHand(row, facts.limits)) continue;
      // What was missed before the run is caught up with when it begins.
      if (row.dueMs < facts.history.startedMs || row.occurredMs <= row.dueMs + facts.limits.calmMs) continue;
      const latestMs = latestCrossing(facts, stage, row.dueMs);
      if (row.occurredMs <= latestMs) continue;
      const lateMs = Math.round(row.occurredMs - row.dueMs);
      yield { rule: 'late', detail: `${say(row)}, ${lateMs} ms late; excused until ${at(latestMs)}` };
    }
  }
}
