import { type Comparison, sized } from '../comparison/comparison.ts';
import { LATENESS, latenessOf } from '../comparison/lateness.ts';
import { race } from '../comparison/start-race.ts';
import { floor } from '../floor.ts';
import { literal, until } from '../pace.ts';
import { readLateness, recorded } from '../record.ts';
import type { Scenario } from '../scenario.ts';

const STAGES = 500;
const HALF_MS = 10_000;

/**
 * 1,000 boundaries over 20 s at random, so that some fall together and some are a millisecond apart:
 * the starts in the first half, the ends in the second.
 */
export const spread: Scenario = {
  name: 'spread',
  targets: [
    { name: 'lateness p50', unit: 'ms', atMost: 3 },
    { name: 'lateness p99', unit: 'ms', atMost: 10 },
    { name: 'early', unit: '', atMost: 0 },
    { name: 'lateness max', unit: 'ms', atMost: null },
    { name: 'floor p50', unit: 'ms', atMost: null },
    { name: 'floor p99', unit: 'ms', atMost: null },
  ],
  async run(bench) {
    const bare = await floor(bench, 400, 20);
    return bench.deploy({}, async (cluster) => {
      const fromMs = Date.now() + 2000;
      const within = `random() * interval '${HALF_MS} ms'`;
      const middle = literal(fromMs + HALF_MS);
      await cluster.stage('spread', `${literal(fromMs)} + ${within}`, `${middle} + ${within}`, STAGES);
      await until(fromMs + 2 * HALF_MS);
      await recorded(cluster, 2 * STAGES, 10_000);
      const { p50, p99, max, early } = await readLateness(cluster, 2 * STAGES);
      return {
        'lateness p50': p50,
        'lateness p99': p99,
        early,
        'lateness max': max,
        'floor p50': bare.p50,
        'floor p99': bare.p99,
      };
    });
  },
};

const AHEAD_MS = 5000;

/** At random, so that some fall together and some are a millisecond apart. */
export const spreadCompared: Comparison = {
  name: 'spread',
  title: '1,000 stages over 20 s: lateness',
  figures: LATENESS,
  run: (bench, entry, size) =>
    race(bench, entry, async (field) => {
      const count = sized(2 * STAGES, size);
      const lengthMs = 2 * HALF_MS * size;
      const fromMs = Date.now() + AHEAD_MS;
      await field.add(Array.from({ length: count }, () => fromMs + Math.floor(Math.random() * lengthMs)));
      return latenessOf(field.url, count, fromMs + lengthMs);
    }),
};
