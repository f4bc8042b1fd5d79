import { STATUSES, type Status } from '../../../../src/domain/stage.ts';
import type { RecordedTransition } from '../../../support/record.ts';
import type { Facts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { say } from '../say.ts';

/**
 * G2. `twice`: a boundary that was crossed is crossed again with no edit that took it back in between.
 * `chain`: a row does not begin where the last one of its stage ended, the first one with `pending`,
 * or is no step at all.
 */
export function* chain({ stages }: Facts): Iterable<Violation> {
  for (const { rows } of stages.values()) {
    let status: Status = 'pending';
    const crossed = new Map<Status, number | null>();
    for (const row of rows) {
      if (row.dueMs !== null && crossed.get(row.to) === row.dueMs) {
        yield { rule: 'twice', detail: say(row) };
        continue;
      }
      if (row.from !== status) yield { rule: 'chain', detail: `${say(row)} comes after ${status}` };
      if (!isStep(row)) yield { rule: 'chain', detail: `${say(row)} is no step` };
      status = row.to;
      if (row.dueMs === null) crossed.clear();
      else crossed.set(row.to, row.dueMs);
    }
  }
}

/** One boundary forwards, or backwards by an edit, which crosses none. */
function isStep({ from, to, dueMs, cause }: RecordedTransition): boolean {
  const steps = STATUSES.indexOf(to) - STATUSES.indexOf(from);
  return dueMs === null ? steps < 0 && cause === 'edit' : steps === 1;
}
