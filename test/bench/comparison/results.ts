import { readFileSync, writeFileSync } from 'node:fs';
import type { Bench } from '../bench.ts';
import { describeMachine } from '../machine.ts';
import { medianOf, type Outcome } from './comparison.ts';
import { contenderVersions } from './install.ts';

/** What a run of the command found, and what has to be known to read it. The JSON file is this. */
export interface Results {
  at: string;
  command: string;
  runs: number;
  /** 1, or the fraction of the work that was done. */
  size: number;
  machine: string;
  versions: Record<string, string>;
  outcomes: Outcome[];
}

export async function describeRun(bench: Bench, command: string, runs: number, size: number): Promise<Results> {
  const { machine, versions } = await describeMachine(bench);
  return {
    at: new Date().toISOString(),
    command,
    runs,
    size,
    machine,
    versions: { ...versions, ...contenderVersions() },
    outcomes: [],
  };
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function outcomesOf(results: Results, comparison: string): Outcome[] {
  return results.outcomes.filter((outcome) => outcome.comparison === comparison);
}

/** Of the settings of an entry the one that does better here: whose median of `figure` is the least. */
export function betterOf(results: Results, comparison: string, name: string, figure: string): Outcome | undefined {
  const median = (outcome: Outcome): number => medianOf(outcome, figure) ?? Number.POSITIVE_INFINITY;
  return outcomesOf(results, comparison)
    .filter((outcome) => outcome.name === name)
    .sort((a, b) => median(a) - median(b))[0];
}
