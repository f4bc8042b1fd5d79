import type { Bench } from './bench.ts';

/**
 * A **scenario** is one situation that a deployment is put into; a **target** is one figure that is
 * read from it; a **run** is the scenario once, on a fresh database and fresh processes.
 */
export interface Scenario {
  name: string;
  targets: readonly Target[];
  run(bench: Bench): Promise<Figures>;
}

export interface Target {
  name: string;
  unit: 'ms' | 'MB' | '';
  /** The bound, inclusive; null where the figure only explains another. */
  atMost: number | null;
}

/** By the name of the target. */
export type Figures = Record<string, number>;

/** The figures of each run, in order; null where that run failed. */
export interface Result {
  scenario: Scenario;
  runs: (Figures | null)[];
}

/** The middle one (of an even number the worse one), or null when a run failed: a failure is no figure. */
export function median(target: Target, result: Result): number | null {
  const figures = result.runs.map((figures) => figures?.[target.name] ?? null);
  if (figures.length === 0 || figures.includes(null)) return null;
  const ascending = (figures as number[]).sort((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? null;
}

/** null: no bound to meet. */
export function isMet(target: Target, result: Result): boolean | null {
  if (target.atMost === null) return null;
  const middle = median(target, result);
  return middle !== null && middle <= target.atMost;
}
