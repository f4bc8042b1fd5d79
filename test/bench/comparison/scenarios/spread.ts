import type { Comparison } from '../comparison.ts';
import { sized } from '../comparison.ts';
import { race } from '../start-race.ts';
import { LATENESS, measureLateness } from './lateness.ts';

const STAGES = 1000;
const LENGTH_MS = 20_000;
const AHEAD_MS = 5000;

/** At random, so that some fall together and some are a millisecond apart. */
export const spread: Comparison = {
  name: 'spread',
  title: '1,000 stages over 20 s: lateness',
  figures: LATENESS,
  run: (bench, entry, size) =>
    race(bench, entry, async (field) => {
      const count = sized(STAGES, size);
      const lengthMs = LENGTH_MS * size;
      const fromMs = Date.now() + AHEAD_MS;
      await field.add(Array.from({ length: count }, () => fromMs + Math.floor(Math.random() * lengthMs)));
      return measureLateness(field.url, count, fromMs + lengthMs);
    }),
};
