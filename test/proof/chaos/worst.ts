import type { History } from '../checker/history.ts';
import type { FaultRecord } from './nemesis.ts';

export interface Worst {
  kind: string;
  count: number;
  /** The latest bell, from its instant or from when the fault was healed; null where none was due in it. */
  latestMs: number | null;
  boundMs: number;
}

/** How near each kind of fault came to its bound, judged where it was the only one. */
export function worstOf({ transitions }: History, faults: readonly FaultRecord[]): Worst[] {
  const bells = transitions.flatMap(({ cause, dueMs, occurredMs }) =>
    cause === 'edit' || dueMs === null ? [] : [{ dueMs, occurredMs }],
  );
  const kinds = new Map<string, Worst>();
  for (const fault of faults) {
    const { kind, startedMs, healedMs, boundMs } = fault;
    const worst = kinds.get(kind) ?? { kind, count: 0, latestMs: null, boundMs };
    kinds.set(kind, worst);
    worst.count += 1;
    worst.boundMs = Math.max(worst.boundMs, boundMs);
    if (faults.some((other) => other !== fault && !isPartOf(other, fault) && overlap(fault, other))) continue;
    for (const { dueMs, occurredMs } of bells) {
      if (dueMs < startedMs || dueMs > healedMs + boundMs) continue;
      worst.latestMs = Math.max(worst.latestMs ?? 0, occurredMs - Math.max(dueMs, healedMs));
    }
  }
  return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** What undid a fault, such as a start, is noted under the same target and ends with it. */
const isPartOf = (other: FaultRecord, { target, startedMs, undoneMs }: FaultRecord): boolean =>
  target.includes(other.target) && other.startedMs >= startedMs && other.undoneMs <= undoneMs;

function overlap(one: FaultRecord, other: FaultRecord): boolean {
  return one.startedMs <= other.healedMs + other.boundMs && other.startedMs <= one.healedMs + one.boundMs;
}
