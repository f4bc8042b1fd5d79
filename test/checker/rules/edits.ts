import type { Facts, StageFacts } from '../facts.ts';
import type { RecordedTransition, Violation } from '../history.ts';
import { at, say } from '../say.ts';
import { mayHold, type Write } from '../writes.ts';

/**
 * G6. `stale`: a boundary was crossed at an instant that an acknowledged edit had moved away, or after
 * an acknowledged delete. `unwritten`: at an instant that nobody ever wrote. `uncaused`: an edit's row
 * at a time at which nobody edited.
 */
export function* edits(facts: Facts): Iterable<Violation> {
  for (const stage of facts.stages.values()) {
    // Nobody's stage, or one whose creator never learned its id: rules/durable.ts looks at those.
    if (stage.writes.length === 0) continue;
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
