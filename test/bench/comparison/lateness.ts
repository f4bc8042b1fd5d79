import { awaitRecord, measureLateness } from '../record.ts';
import type { Figure, Measured } from './comparison.ts';

export const LATENESS: readonly Figure[] = [
  { name: 'p50', unit: 'ms' },
  { name: 'p99', unit: 'ms' },
  { name: 'max', unit: 'ms' },
  { name: 'early', unit: '' },
];

/** A minute more than the longest poll of anybody. */
const PATIENCE_MS = 70_000;

/** How late they all were, once they are there. */
export async function latenessOf(url: string, count: number, lastDueMs: number): Promise<Measured> {
  const seenMs = await awaitRecord(url, count, lastDueMs + PATIENCE_MS);
  const late = await measureLateness(url);
  if (seenMs === null) return { figures: {}, note: `cut off: ${late.count} of ${count} after ${PATIENCE_MS / 1000} s` };
  const { p50, p99, max, early, quantiles } = late;
  return { figures: { p50, p99, max, early }, quantiles };
}
