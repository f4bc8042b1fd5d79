import { sized } from '../comparison/comparison.ts';
import { moveDue } from './due.ts';
import { count, ms, type Series, us } from './series.ts';

const STAGES = 100_000;

/** The service takes 1,000, and two statements at a time (src/scheduler/advancer.ts): would another number do better? */
export const batches: Series = {
  name: 'batches',
  title: '100,000 due stages moved by the advance alone: by boundaries a statement',
  columns: ['boundaries a statement', 'one at a time: each', 'two at a time: each', 'the longest of these'],
  async *lines(bench, size) {
    for (const batch of [100, 500, 1000, 2000, 10_000, 100_000]) {
      const move = async (connections: 1 | 2) => {
        const database = await bench.migrated();
        const moved = await moveDue(database.url, sized(STAGES, size), { batch, connections });
        await database.drop();
        return moved;
      };
      const [alone, together] = [await move(1), await move(2)];
      yield [count(batch), us(alone.usEach), us(together.usEach), ms(together.longestMs)];
    }
  },
};
