import type { Facts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at, say } from '../say.ts';

/** `early` (G1), and `order`: ids are given in commit order, and so is the time on the record. */
export function* instants({ history, limits }: Facts): Iterable<Violation> {
  const backMs = limits.clockMs + limits.stepBackMs;
  let lastId = -1n;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const row of history.transitions) {
    if (row.dueMs !== null && row.occurredMs < row.dueMs) yield { rule: 'early', detail: say(row) };
    const id = BigInt(row.id);
    if (id <= lastId) yield { rule: 'order', detail: `${say(row)} comes after #${lastId}` };
    if (row.occurredMs < latestMs - backMs) {
      yield { rule: 'order', detail: `${say(row)} comes after a row of ${at(latestMs)}` };
    }
    lastId = id;
    latestMs = Math.max(latestMs, row.occurredMs);
  }
}
