import { type Comparison, type Measured, sized } from '../comparison.ts';
import { awaitRecord, readLateness } from '../record.ts';
import { race } from '../start-race.ts';

/** Whatever the filling set going is over by the bell. */
const QUIET_MS = 2500;

/** Many stages at one instant. Who is not through after the limit is cut off, and the table says how far it came. */
export const bell: Comparison = bellOf('bell', 10_000, 75_000);
export const greatBell: Comparison = bellOf('great-bell', 100_000, 120_000);

function bellOf(name: string, stages: number, limitMs: number): Comparison {
  return {
    name,
    title: `${stages.toLocaleString('en')} stages at one instant: until the last is done, and until another client sees them all`,
    figures: [
      { name: 'last', unit: 'ms' },
      { name: 'seen', unit: 'ms' },
      { name: 'p50', unit: 'ms' },
    ],
    run: (bench, entry, size) =>
      race(bench, entry, async (field): Promise<Measured> => {
        const count = sized(stages, size);
        const dueMs = Date.now() + QUIET_MS + 2000 + Math.ceil(count * entry.scheduleMs);
        await field.fill({ count, fromMs: dueMs, everyMs: 0 });
        if (Date.now() > dueMs - QUIET_MS / 2) throw new Error('handing over took too long for the bell to be to come');
        const seenMs = await awaitRecord(field.url, count, dueMs + limitMs);
        const late = await readLateness(field.url);
        if (seenMs === null)
          return { figures: {}, note: `cut off: ${late.count} of ${count} after ${limitMs / 1000} s` };
        return { figures: { last: late.max, seen: seenMs - dueMs, p50: late.p50 }, quantiles: late.quantiles };
      }),
  };
}
