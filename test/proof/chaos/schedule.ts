import type { Random } from '../random.ts';
import { FAULTS } from './faults/all.ts';
import type { FaultKind } from './faults/fault.ts';

export interface Step {
  kind: FaultKind;
  durationMs: number;
  /** Quiet after it, before the next one. */
  calmMs: number;
  /**
   * Whether that quiet begins only when no bell may be late any more, so that the next fault is judged by
   * itself; otherwise the next one falls into the recovery from this one.
   */
  waitsForCalm: boolean;
  /** The next one begins in the middle of this one, and not after it. */
  overlapsNext: boolean;
}

const OVERLAP = 0.3;
const WAITS_FOR_CALM = 0.6;
const CALM_MS = [500, 2500] as const;

/** Without an end: every kind once in a random order, then again in another. */
export function* randomSchedule(random: Random, leaseMs: number): Generator<Step> {
  for (;;) {
    for (const kind of random.shuffled(FAULTS)) yield stepOf(kind, random, leaseMs, random.chance(OVERLAP));
  }
}

/** These, in this order; a name that ends in ` &` overlaps the next. @throws where there is no such fault */
export function* fixedSchedule(names: readonly string[], random: Random, leaseMs: number): Generator<Step> {
  for (const entry of names) {
    const name = entry.replace(/ &$/, '');
    const kind = FAULTS.find((fault) => fault.name === name);
    if (kind === undefined) throw new Error(`There is no fault '${name}': ${FAULTS.map((f) => f.name).join(', ')}`);
    yield stepOf(kind, random, leaseMs, entry !== name);
  }
}

function stepOf(kind: FaultKind, random: Random, leaseMs: number, overlapsNext: boolean): Step {
  const [shortest, longest] = kind.leases;
  const durationMs = Math.round((shortest + random.next() * (longest - shortest)) * leaseMs);
  const waitsForCalm = random.chance(WAITS_FOR_CALM);
  return { kind, durationMs, calmMs: random.integer(...CALM_MS), waitsForCalm, overlapsNext };
}
