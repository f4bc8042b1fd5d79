import type { Facts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at } from '../say.ts';

/** The log of terms. `epochs`: one is missing or there twice. `two-terms`: one had not ended when the next began. */
export function* terms({ history, limits }: Facts): Iterable<Violation> {
  const slackMs = limits.clockMs + limits.stepBackMs;
  let before: (typeof history.terms)[number] | null = null;
  for (const term of history.terms) {
    const name = `term ${term.epoch} of ${term.instance}`;
    if (term.endedMs !== null && term.endedMs < term.startedMs - slackMs) {
      yield { rule: 'two-terms', detail: `${name} ended before it began` };
    }
    if (before !== null && term.epoch !== before.epoch + 1) {
      yield { rule: 'epochs', detail: `${name} comes after term ${before.epoch}` };
    } else if (before !== null && (before.endedMs === null || before.endedMs > term.startedMs + slackMs)) {
      const ended = before.endedMs === null ? 'has not ended' : `ended at ${at(before.endedMs)}`;
      yield { rule: 'two-terms', detail: `${name} began at ${at(term.startedMs)}; term ${before.epoch} ${ended}` };
    }
    before = term;
  }
}
