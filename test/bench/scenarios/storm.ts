import { type Comparison, sized } from '../comparison/comparison.ts';
import { storm as raise } from '../storm.ts';

const LENGTH_MS = 10_000;
const EDIT_EVERY_MS = 5;

export const storm: Comparison = {
  name: 'storm',
  title: '200 edits a second by HTTP while bells ring: lateness, and how long a PATCH takes',
  figures: [
    { name: 'late p50', unit: 'ms' },
    { name: 'late p99', unit: 'ms' },
    { name: 'late max', unit: 'ms' },
    { name: 'PATCH p50', unit: 'ms' },
    { name: 'PATCH p99', unit: 'ms' },
    { name: 'PATCH max', unit: 'ms' },
  ],
  only: ['stagebell'],
  async run(bench, _entry, size) {
    const { late, patch } = await raise(bench, sized(LENGTH_MS, size), EDIT_EVERY_MS);
    return {
      figures: {
        'late p50': late.p50,
        'late p99': late.p99,
        'late max': late.max,
        'PATCH p50': patch.p50,
        'PATCH p99': patch.p99,
        'PATCH max': patch.max,
      },
    };
  },
};
