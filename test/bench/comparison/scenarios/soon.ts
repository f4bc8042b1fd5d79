import { setTimeout as sleep } from 'node:timers/promises';
import { paced } from '../../pace.ts';
import { type Comparison, sized } from '../comparison.ts';
import { race } from '../start-race.ts';
import { LATENESS, measureLateness } from './lateness.ts';

const STAGES = 200;
const EVERY_MS = 25;
const AHEAD_MS = 100;

/** Of Stagebell by HTTP through a follower, so that the edit has to travel; of the others in their own process. */
export const soon: Comparison = {
  name: 'soon',
  title: '200 stages, each created 100 ms before it is due: lateness',
  figures: LATENESS,
  run: (bench, entry, size) =>
    race(bench, entry, async (field) => {
      const count = sized(STAGES, size);
      await sleep(1000);
      await paced(count, EVERY_MS, () => field.add([Date.now() + AHEAD_MS]));
      return measureLateness(field.url, count, Date.now() + AHEAD_MS);
    }),
};
