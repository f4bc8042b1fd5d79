import { type Facts, factsOf, isByHand, latestCrossing } from './facts.ts';
import type { History, Verdict, Violation } from './history.ts';
import { DEFAULTS, type Limits } from './limits.ts';
import { chain } from './rules/chain.ts';
import { durable } from './rules/durable.ts';
import { edits } from './rules/edits.ts';
import { final } from './rules/final.ts';
import { instants } from './rules/instants.ts';
import { late } from './rules/late.ts';
import { leader } from './rules/leader.ts';
import { terms } from './rules/terms.ts';
import { torn } from './rules/torn.ts';
import { underTerm } from './rules/under-term.ts';
import { untold } from './rules/untold.ts';
import { untouched } from './rules/untouched.ts';

/**
 * The judge of every run under faults. It reads only what the run left behind: the record, the log of
 * terms, the final rows, and what the clients were told; it knows nothing of how the service works.
 */
const RULES: readonly ((facts: Facts) => Iterable<Violation>)[] = [
  instants,
  chain,
  edits,
  underTerm,
  terms,
  final,
  durable,
  torn,
  untouched,
  late,
  leader,
  untold,
  complaints,
];

/** A broken run breaks a rule a thousand times: this many are told in full. */
const MOST_OF_A_RULE = 20;

/** @param limits what is allowed for; see limits.ts */
export function check(history: History, limits: Partial<Limits> = {}): Verdict {
  const facts = factsOf(history, { ...DEFAULTS, ...limits });
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  for (const rule of RULES) {
    for (const violation of rule(facts)) {
      const count = (counts.get(violation.rule) ?? 0) + 1;
      counts.set(violation.rule, count);
      if (count <= MOST_OF_A_RULE) violations.push(violation);
    }
  }
  for (const [rule, count] of counts) {
    if (count > MOST_OF_A_RULE) violations.push({ rule, detail: `and ${count - MOST_OF_A_RULE} more` });
  }
  const { transitions, requests, terms: log, stages, faults } = history;
  return {
    violations,
    checked: {
      transitions: transitions.length,
      requests: requests.length,
      terms: log.length,
      stages: stages.length,
      faults: faults.length,
    },
    calm: calmOf(facts),
  };
}

function* complaints({ history }: Facts): Iterable<Violation> {
  for (const detail of history.complaints) yield { rule: 'complaint', detail };
}

/** Lateness where nothing was wrong and nobody was editing: what the service promises on an ordinary day. */
function calmOf(facts: Facts): Verdict['calm'] {
  const { calmMs } = facts.limits;
  const lateness: number[] = [];
  for (const stage of facts.stages.values()) {
    for (const row of stage.rows) {
      if (row.dueMs === null || row.cause === 'edit' || isByHand(row, facts.limits)) continue;
      if (row.dueMs < facts.history.startedMs) continue;
      if (latestCrossing(facts, stage, row.dueMs) === row.dueMs + calmMs) lateness.push(row.occurredMs - row.dueMs);
    }
  }
  lateness.sort((a, b) => a - b);
  const quantile = (q: number): number => lateness[Math.ceil(q * lateness.length) - 1] ?? 0;
  return { count: lateness.length, p50: quantile(0.5), p99: quantile(0.99), max: lateness.at(-1) ?? 0 };
}
