import type { RecordedTransition } from '../../../support/record.ts';
import type { Facts, StageFacts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at } from '../say.ts';

/**
 * `untouched`: a stage that was created and then left alone has other dates than it was created with, or
 * a version that its transitions do not account for. Each statement that moves a stage adds one; one
 * that finds both boundaries missed moves it once, and creating it in the past moves it not at all.
 */
export function* untouched({ history, stages }: Facts): Iterable<Violation> {
  const burstOf = bursts(history.transitions);
  for (const stage of stages.values()) {
    const [create, ...others] = stage.requests;
    const { final } = stage;
    if (final === null || create?.kind !== 'create' || others.length > 0) continue;
    const dates = stage.writes[0]?.dates;
    if (dates?.startMs !== final.startMs || dates.endMs !== final.endMs) {
      yield {
        rule: 'untouched',
        detail: `${final.id} was created with other dates than ${at(final.startMs)} to ${at(final.endMs)}`,
      };
    }
    const { least, most } = statements(stage, burstOf);
    if (final.version < 1 + least || final.version > 1 + most) {
      yield {
        rule: 'untouched',
        detail: `${final.id} was moved by ${least} to ${most} statements, and its version is ${final.version}`,
      };
    }
  }
}

/** How many statements moved the stage, as far as its rows tell. */
function statements({ rows }: StageFacts, burstOf: Map<string, number>): { least: number; most: number } {
  const moves = rows.filter(({ cause }) => cause !== 'edit');
  let joined = 0;
  for (const [i, end] of moves.entries()) {
    const start = moves[i - 1];
    // In one statement only if the end was due when it judged, which is not later than its first row.
    if (start === undefined || start.to !== 'active' || end.to !== 'completed' || end.dueMs === null) continue;
    if (burstOf.get(start.id) === burstOf.get(end.id) && end.dueMs <= start.occurredMs) joined += 1;
  }
  return { least: moves.length - joined, most: moves.length };
}

/** Numbers the runs of rows that one statement can have written: it holds the gate, so nobody comes between. */
function bursts(rows: readonly RecordedTransition[]): Map<string, number> {
  const burstOf = new Map<string, number>();
  let burst = 0;
  let before: RecordedTransition | null = null;
  for (const row of rows) {
    const isSame =
      before !== null &&
      before.cause === row.cause &&
      before.instance === row.instance &&
      before.term === row.term &&
      before.actor === row.actor;
    if (!isSame) burst += 1;
    burstOf.set(row.id, burst);
    before = row;
  }
  return burstOf;
}
