import type { RecordedTransition } from '../../../support/record.ts';
import { type Facts, isByHand } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at, say } from '../say.ts';

/**
 * The fence. `term`: a timer's or a sweep's row whose term was not current while its statement ran, or
 * was another instance's. `overlap`: on the record a term comes after a later one, so two of them acted
 * at the same time; ids are given in commit order, which makes this true whatever the clocks say.
 */
export function* underTerm(facts: Facts): Iterable<Violation> {
  let latest: RecordedTransition | null = null;
  for (const row of facts.history.transitions) {
    if (row.cause === 'edit') continue;
    const fault = faultOf(facts, row);
    if (fault !== null) yield { rule: 'term', detail: `${say(row)}: ${fault}` };
    if (row.term === null) continue;
    if (latest?.term != null && row.term < latest.term) {
      yield { rule: 'overlap', detail: `${say(row)} comes after ${say(latest)}` };
    } else latest = row;
  }
}

function faultOf({ terms, limits }: Facts, row: RecordedTransition): string | null {
  const slackMs = limits.clockMs + limits.stepBackMs;
  const term = row.term === null ? undefined : terms.get(row.term);
  const isHand = isByHand(row, limits);
  const next = terms.get((row.term ?? 0) + 1);
  if (term === undefined) {
    // Before anybody has led, a sweep by hand runs under the term that the table begins with.
    if (isHand && row.term === 0 && (next === undefined || row.occurredMs <= next.startedMs + slackMs)) return null;
    return 'there is no such term';
  }
  if (row.occurredMs < term.startedMs - slackMs) return `it began at ${at(term.startedMs)}`;
  // A sweep by hand also runs while the term is vacant.
  const endMs = Math.min(
    (isHand ? null : term.endedMs) ?? Number.POSITIVE_INFINITY,
    next?.startedMs ?? Number.POSITIVE_INFINITY,
  );
  if (row.occurredMs > endMs + slackMs) return `it ended at ${at(endMs)}`;
  if (!isHand && row.instance !== term.instance) return `it was ${term.instance}'s`;
  return null;
}
