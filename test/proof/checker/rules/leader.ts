import type { Facts } from '../facts.ts';
import type { History, Violation } from '../history.ts';
import { at } from '../say.ts';
import { Shade } from '../shade.ts';

/** Beside the lease, for whoever takes over to notice, campaign and sweep. */
const ELECTION_MS = 2000;

/**
 * `leaderless`: a lease and two seconds after the last fault was healed, or at the end, nobody leads.
 * `flapping`: a term began though nothing was wrong.
 */
export function* leader({ history, limits }: Facts): Iterable<Violation> {
  const { leaseMs, startedMs, healedMs, endedMs, faults, terms } = history;
  const settleMs = leaseMs + ELECTION_MS;
  const settledMs = healedMs + settleMs;
  const last = terms.at(-1);
  const isLed = last !== undefined && (last.endedMs === null || last.endedMs >= endedMs);
  const isSettled = leadsAt(history, settledMs, limits.clockMs);
  if (endedMs >= settledMs && !(isLed && isSettled)) {
    const what =
      last === undefined
        ? 'nobody ever led'
        : `the last term is ${last.epoch} of ${last.instance}, from ${at(last.startedMs)} to ${at(last.endedMs)}`;
    yield { rule: 'leaderless', detail: `healed at ${at(healedMs)}; ${what}` };
  }
  // A fault may cost the leadership for as long as an election takes, even where no bell may be late.
  const costly = faults.filter(({ keepsTerm }) => !keepsTerm);
  const shade = new Shade(costly, limits);
  const excuses = costly
    .map((fault) => ({ fromMs: fault.startedMs, untilMs: fault.healedMs + settleMs }))
    .sort((a, b) => a.fromMs - b.fromMs);
  let next = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const term of terms) {
    for (; next < excuses.length && (excuses[next]?.fromMs ?? 0) <= term.startedMs; next++) {
      untilMs = Math.max(untilMs, excuses[next]?.untilMs ?? 0);
    }
    if (term.startedMs <= startedMs || term.startedMs <= untilMs || shade.endOf(term.startedMs) !== null) continue;
    // Nobody led when everything should have settled: that this one came at last is not what is wrong.
    if (term.startedMs > settledMs && !isSettled) continue;
    yield { rule: 'flapping', detail: `term ${term.epoch} of ${term.instance} began at ${at(term.startedMs)}` };
  }
}

function leadsAt({ terms }: History, ms: number, slackMs: number): boolean {
  return terms.some(
    (term) => term.startedMs <= ms + slackMs && (term.endedMs === null || term.endedMs >= ms - slackMs),
  );
}
