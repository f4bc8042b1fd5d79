import { STATUSES, type StageDates, type Status, statusAt } from '../../../../src/domain/stage.ts';
import { type Facts, latestCrossing, type StageFacts } from '../facts.ts';
import type { Violation, WrittenStage } from '../history.ts';
import { at } from '../say.ts';
import { mayHold } from '../writes.ts';

/**
 * G3 and G5, at the end. `lost`: a stage is behind its dates, or was when it was deleted. `ahead`: it is ahead of them. `record`: its
 * record ends elsewhere than the stage does. A boundary so close to the end that its bell may still be
 * on its way goes either way.
 */
export function* final(facts: Facts): Iterable<Violation> {
  const { endedMs } = facts.history;
  for (const stage of facts.stages.values()) {
    const row = stage.final;
    if (row === null) {
      yield* lostBeforeDelete(facts, stage);
      continue;
    }
    const detail = `${row.id} (${at(row.startMs)} to ${at(row.endMs)}) is ${row.status} at ${at(endedMs)}`;
    const least = leastStatus(facts, stage, row, endedMs);
    const most = statusAt(row, endedMs + facts.limits.calmMs);
    if (rank(row.status) < rank(least)) yield { rule: 'lost', detail };
    else if (rank(row.status) > rank(most)) yield { rule: 'ahead', detail };
    const recorded = stage.rows.at(-1)?.to ?? 'pending';
    if (recorded !== row.status && least === most) {
      yield { rule: 'record', detail: `${row.id} is ${row.status}, and its record ends with ${recorded}` };
    }
  }
}

/** What is deleted leaves its record: by then everything that was due has to be on it. */
function* lostBeforeDelete(facts: Facts, stage: StageFacts): Iterable<Violation> {
  // Without a delete it is rules/durable.ts that misses it.
  if (stage.writes.every(({ dates }) => dates !== null)) return;
  const deletedMs = Math.min(
    ...stage.writes.filter(({ dates }) => dates === null).map(({ request }) => request.sentMs),
  );
  const before = stage.writes.filter((write) => mayHold(write, deletedMs, deletedMs) && write.dates !== null);
  // A create without an answer may never have been; of several edits each may have been the last.
  if (before.length === 0 || before.some(({ request }) => request.outcome !== 'ok')) return;
  const least = Math.min(
    ...before.map(({ dates }) => rank(leastStatus(facts, stage, dates as WrittenStage, deletedMs))),
  );
  const recorded = stage.rows.at(-1)?.to ?? 'pending';
  if (rank(recorded) >= least) return;
  yield { rule: 'lost', detail: `${stage.id}, deleted at ${at(deletedMs)}, got no further than ${recorded}` };
}

/** What must have happened by then, whatever delayed it. */
function leastStatus(facts: Facts, stage: StageFacts, { startMs, endMs }: StageDates, byMs: number): Status {
  const mustBe = (dueMs: number | null): boolean => dueMs !== null && latestCrossing(facts, stage, dueMs) <= byMs;
  if (!mustBe(startMs)) return 'pending';
  return mustBe(endMs) ? 'completed' : 'active';
}

const rank = (status: Status): number => STATUSES.indexOf(status);
