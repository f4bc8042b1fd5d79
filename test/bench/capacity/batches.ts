import { sized } from '../comparison/comparison.ts';
import { moveDue } from './due.ts';
import { count, ms, type Series, us } from './series.ts';

const STAGES = 100_000;

/** The service takes 2,000 (src/scheduler/advancer.ts): would another number do better? */
export const batches: Series = {
  name: 'batches',
  title: '100,000 due stages moved by the advance alone: by boundaries a statement',
  columns: ['boundaries a statement', 'each', 'the longest statement'],
  async *lines(bench, size) {
    for (const limit of [100, 500, 2000, 10_000, 100_000]) {
      const database = await bench.migrated();
      const { usEach, longestMs } = await moveDue(database.url, sized(STAGES, size), limit);
      await database.drop();
      yield [count(limit), us(usEach), ms(longestMs)];
    }
  },
};
