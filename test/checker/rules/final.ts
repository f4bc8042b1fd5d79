import { STATUSES, type Status, statusAt } from '../../../src/domain/stage.ts';
import { type Facts, latestCrossing, type StageFacts } from '../facts.ts';
import type { FinalStage, Violation } from '../history.ts';
import { at } from '../say.ts';

/**
 * G3 and G5, at the end. `lost`: a stage is behind its dates. `ahead`: it is ahead of them. `record`: its
 * record ends elsewhere than the stage does. A boundary so close to the end that its bell may still be
 * on its way goes either way.
 */
export function* final(facts: Facts): Iterable<Violation> {
  const { endedMs } = facts.history;
  for (const stage of facts.stages.values()) {
    const row = stage.final;
    if (row === null) continue;
    const detail = `${row.id} (${at(row.startMs)} to ${at(row.endMs)}) is ${row.status} at ${at(endedMs)}`;
    const least = leastStatus(facts, stage, row);
    const most = statusAt(row, endedMs + facts.limits.calmMs);
    if (rank(row.status) < rank(least)) yield { rule: 'lost', detail };
    else if (rank(row.status) > rank(most)) yield { rule: 'ahead', detail };
    const recorded = stage.rows.at(-1)?.to ?? 'pending';
    if (recorded !== row.status && least === most) {
      yield { rule: 'record', detail: `${row.id} is ${row.status}, and its record ends with ${recorded}` };
    }
  }
}

/** What must have happened by the end, whatever delayed it. */
function leastStatus(facts: Facts, stage: StageFacts, { startMs, endMs }: FinalStage): Status {
  const mustBe = (dueMs: number | null): boolean =>
    dueMs !== null && latestCrossing(facts, stage, dueMs) <= facts.history.endedMs;
  if (!mustBe(startMs)) return 'pending';
  return mustBe(endMs) ? 'completed' : 'active';
}

const rank = (status: Status): number => STATUSES.indexOf(status);
