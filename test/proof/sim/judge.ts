import type { History, Verdict } from '../checker/history.ts';
import { fault } from '../model/stage-model.ts';
import { type KnownStage, OFFICE } from './clients.ts';
import { CALM_MS, checked } from './findings.ts';
import type { Noted } from './journal.ts';
import { Replay, type Violation } from './replay.ts';

/** What a run has left behind: what anybody can read afterwards, and what the simulation alone knows. */
export interface Findings {
  history: History;
  /** In the order of commits. */
  journal: readonly Noted[];
  known: readonly KnownStage[];
  /** By how much the database's clock stepped back, in all, and forward. */
  stepped: { backMs: number; forwardMs: number };
}

/**
 * Three judges, of which none knows how the service works: the checker of histories, which sees what
 * anybody could; the replay of the journal, which knows the exact order of commits; and the pure model.
 */
export function judge({ history, journal, known, stepped }: Findings): { violations: Violation[]; verdict: Verdict } {
  const replay = new Replay(journal, OFFICE);
  const verdict = checked(history, stepped.backMs);
  const violations = [
    ...replay.violations,
    ...verdict.violations.map(({ rule, detail }) => ({ rule, detail, atMs: instantIn(detail) ?? history.endedMs })),
  ];
  // The model takes the database's clock for true time.
  if (stepped.backMs === 0 && stepped.forwardMs === 0) violations.push(...modelled(history, replay, known));
  return { violations, verdict };
}

function modelled({ faults, startedMs, endedMs }: History, replay: Replay, known: readonly KnownStage[]): Violation[] {
  const isTroubled = (fromMs: number, toMs: number): boolean =>
    fromMs <= startedMs ||
    faults.some((trouble) => fromMs <= trouble.healedMs + trouble.boundMs && toMs >= trouble.startedMs);
  const mayWait = (dueMs: number, untilMs: number): boolean => untilMs - dueMs < CALM_MS || isTroubled(dueMs, untilMs);
  return known.flatMap(({ id, dates, writes }) => {
    // What a delete cuts off may end anywhere.
    const wrong = fault(writes, replay.records.get(id) ?? [], endedMs, dates === null ? () => true : mayWait);
    return wrong === null ? [] : [{ rule: 'model', detail: `stage ${id}: ${wrong}`, atMs: endedMs }];
  });
}

/** Where in the run to look: the last instant that is named. */
function instantIn(detail: string): number | null {
  const last = detail.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)?.at(-1);
  return last === undefined ? null : Date.parse(last);
}
