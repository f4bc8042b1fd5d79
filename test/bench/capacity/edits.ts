import { sized } from '../comparison/comparison.ts';
import { storm } from '../storm.ts';
import { count, ms, type Series } from './series.ts';

const LENGTH_MS = 5000;

/** Edits of dates by HTTP, to the leader and a follower by turns, while bells ring. */
export const edits: Series = {
  name: 'edits',
  title:
    'Edits of a date a second, through two of three instances, while bells ring: how long a PATCH takes, and lateness',
  columns: ['edits a second', 'answered a second', 'PATCH p50', 'PATCH p99', 'lateness p50', 'lateness p99'],
  async *lines(bench, size) {
    for (const perSecond of [50, 100, 200, 400, 800]) {
      const { answeredPerSecond, patch, late } = await storm(bench, sized(LENGTH_MS, size), 1000 / perSecond);
      yield [count(perSecond), count(answeredPerSecond), ms(patch.p50), ms(patch.p99), ms(late.p50), ms(late.p99)];
    }
  },
};
