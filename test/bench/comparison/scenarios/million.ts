import { setTimeout as sleep } from 'node:timers/promises';
import { type Comparison, sized } from '../comparison.ts';
import { race } from '../start-race.ts';

const STAGES = 1_000_000;
/** What comes after the start must not grow it either. */
const SETTLE_MS = 3000;

/** What a process costs that has a million stages before it; what a store costs is not in it. */
export const million: Comparison = {
  name: 'million',
  title: 'a start with 1,000,000 future stages: until it serves, and the most memory of its process',
  figures: [
    { name: 'ready', unit: 'ms' },
    { name: 'memory', unit: 'MB' },
    { name: 'its own', unit: 'MB' },
  ],
  isSteady: true,
  run: (bench, entry, size) =>
    race(bench, entry, async (field) => {
      await field.whileAway({ count: sized(STAGES, size), fromMs: Date.now() + 86_400_000, everyMs: 1000 });
      const ready = await field.restart();
      await sleep(SETTLE_MS);
      const { peak, own } = field.memory();
      return { figures: { ready, memory: peak, 'its own': own } };
    }),
};
