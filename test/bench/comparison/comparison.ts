import type { Bench } from '../bench.ts';
import type { Entry } from './entry.ts';

/** One situation that the entries are put into, each on its own and with the same work. */
export interface Comparison {
  name: string;
  /** What it is, for the table of docs/benchmarks.md. */
  title: string;
  figures: readonly Figure[];
  /** Who takes part; all, where it does not say. */
  only?: readonly string[];
  /** Once is enough for what does not vary, except of Stagebell. */
  isSteady?: boolean;
  /** @param size a fraction of the work, for trying out */
  run(bench: Bench, entry: Entry, size: number): Promise<Measured>;
}

export interface Figure {
  name: string;
  unit: 'ms' | 'MB' | '/s' | '/min' | '';
}

export interface Measured {
  /** By the name of the figure; one that is not there could not be had, and `note` says why. */
  figures: Record<string, number>;
  /** Lateness in milliseconds, a value for each of `QUANTILES`; for the pictures. */
  quantiles?: number[];
  note?: string;
}

/** What became of an entry in a comparison. */
export interface Outcome {
  comparison: string;
  name: string;
  setting: Entry['setting'];
  runs: Measured[];
}

/** The middle one (of an even number the worse one); null where a run has no such figure. */
export function medianOf(outcome: Outcome | undefined, figure: string): number | null {
  const values = outcome?.runs.map(({ figures }) => figures[figure] ?? Number.NaN) ?? [];
  if (values.length === 0 || values.some(Number.isNaN)) return null;
  return middle(values);
}

export function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** A size that is a fraction of the real one, never nothing. */
export const sized = (count: number, size: number): number => Math.max(1, Math.round(count * size));
