import type { Facts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at } from '../say.ts';

/** `untold`: the leader died in a way that PostgreSQL tells of, and nobody led in time. */
export function* untold({ history, limits }: Facts): Iterable<Violation> {
  const { faults, terms, endedMs } = history;
  for (const { kind, target, startedMs, ledByMs } of faults) {
    if (ledByMs === undefined || ledByMs > endedMs) continue;
    const led = terms.findLast((term) => term.startedMs <= startedMs);
    if (led === undefined || !target.split(', ').includes(led.instance)) continue;
    // It had let go before.
    if (led.endedBy === 'release') continue;
    const next = terms.find(({ epoch }) => epoch > led.epoch);
    if (next !== undefined && next.startedMs <= ledByMs + limits.clockMs) continue;
    const when = next === undefined ? 'nobody has led since' : `term ${next.epoch} began at ${at(next.startedMs)}`;
    yield { rule: 'untold', detail: `${kind} of ${target} at ${at(startedMs)}, to be led by ${at(ledByMs)}; ${when}` };
  }
}
