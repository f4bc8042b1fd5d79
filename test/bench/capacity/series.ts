import type { Bench } from '../bench.ts';
import type { Machine } from '../machine.ts';

/** How costs grow with one amount: a table with a line for each amount. */
export interface Series {
  name: string;
  /** For docs/capacity.md. */
  title: string;
  columns: readonly string[];
  /** From the smallest amount up, each line as soon as it is measured. @param size a fraction of the work, for trying out */
  lines(bench: Bench, size: number): AsyncGenerator<string[]>;
}

/** A series, measured. */
export type Table = Pick<Series, 'name' | 'title' | 'columns'> & { lines: string[][] };

export interface Capacity extends Machine {
  at: string;
  size: number;
  tables: Table[];
}

const grouped = (value: number, digits = 0): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const count = (value: number): string => grouped(Math.round(value));
export const ms = (value: number): string =>
  value >= 10_000 ? `${grouped(value / 1000, 1)} s` : `${grouped(value, value < 10 ? 1 : 0)} ms`;
export const us = (value: number): string => `${grouped(value, value < 10 ? 1 : 0)} µs`;
export const mb = (bytes: number): string => `${count(bytes / 1e6)} MB`;
