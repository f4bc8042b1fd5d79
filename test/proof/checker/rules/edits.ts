import type { RecordedTransition } from '../../../support/record.ts';
import type { Facts, StageFacts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at, say } from '../say.ts';
import { mayHold, type Write } from '../writes.ts';

/**
 * G6. `stale`: a boundary was crossed at an instant that an acknowledged edit had moved away, or after
 * an acknowledged delete. `unwritten`: at an instant that nobody ever wrote. `uncaused`: an edit's row
 * at a time at which nobody edited.
 */
export function* edits(facts: Facts): Iterable<Violation> {
  for (const stage of facts.stages.values()) {
    if (stage.writes.length === 0) {
      yield* ofNameless(stage);
      continue;
    }
    const byValue = { active: byDate(stage, 'startMs'), completed: byDate(stage, 'endMs') };
    for (const row of stage.rows) {
      if (row.cause === 'edit' && !isCaused(facts, stage, row)) yield { rule: 'uncaused', detail: say(row) };
      if (row.dueMs === null || row.to === 'pending') continue;
      const writes = byValue[row.to].get(row.dueMs) ?? [];
      if (writes.length === 0) yield { rule: 'unwritten', detail: say(row) };
      else if (!writes.some((write) => mayHold(write, ...span(facts, row)))) {
        const untilMs = Math.max(...writes.map(({ overwrittenMs }) => overwrittenMs));
        yield { rule: 'stale', detail: `${say(row)}; overwritten, acknowledged at ${at(finite(untilMs))}` };
      }
    }
  }
}

/** A stage whose creator never learned its id, so that nobody can have edited it. */
function* ofNameless({ rows, final }: StageFacts): Iterable<Violation> {
  if (final === null) return;
  for (const row of rows) {
    const dates = { pending: null, active: final.startMs, completed: final.endMs };
    if (row.dueMs !== dates[row.to]) yield { rule: 'unwritten', detail: say(row) };
  }
}

function byDate({ writes }: StageFacts, date: 'startMs' | 'endMs'): Map<number, Write[]> {
  const byValue = new Map<number, Write[]>();
  for (const write of writes) {
    const ms = write.dates?.[date] ?? null;
    if (ms === null) continue;
    const same = byValue.get(ms);
    if (same === undefined) byValue.set(ms, [write]);
    else same.push(write);
  }
  return byValue;
}

/** When the row can have been written: its time is cut to the millisecond, and clocks differ a little. */
function span({ limits }: Facts, { occurredMs }: RecordedTransition): [fromMs: number, untilMs: number] {
  const slackMs = limits.clockMs + limits.stepBackMs;
  return [occurredMs - slackMs, occurredMs + 1 + slackMs];
}

function isCaused(facts: Facts, { edited }: StageFacts, row: RecordedTransition): boolean {
  const [fromMs, untilMs] = span(facts, row);
  return edited.latestOfSentBy(untilMs) >= fromMs;
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
