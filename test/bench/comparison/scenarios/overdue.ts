import { withClient } from '../../bench.ts';
import { type Comparison, type Measured, sized } from '../comparison.ts';
import { awaitRecord } from '../record.ts';
import { race } from '../start-race.ts';

const STAGES = 100_000;
const LIMIT_MS = 120_000;

/** Nobody was there while they came due. From the start of a process until the last one is moved. */
export const overdue: Comparison = {
  name: 'overdue',
  title: '100,000 stages missed: from the start of the process until the last is moved',
  figures: [{ name: 'last', unit: 'ms' }],
  run: (bench, entry, size) =>
    race(bench, entry, async (field): Promise<Measured> => {
      const count = sized(STAGES, size);
      await field.whileAway({ count, fromMs: Date.now() - 86_400_000, everyMs: 500 });
      const startedMs = Date.now();
      const [seenMs] = await Promise.all([awaitRecord(field.url, count, startedMs + LIMIT_MS), field.restart()]);
      if (seenMs === null) return { figures: {}, note: `cut off after ${LIMIT_MS / 1000} s` };
      const lastMs = await withClient(field.url, async (client) => {
        const { rows } = await client.query(
          'SELECT (extract(epoch FROM max(measured_at)) * 1000)::float8 AS at FROM transition',
        );
        return rows[0].at as number;
      });
      return { figures: { last: lastMs - startedMs } };
    }),
};
