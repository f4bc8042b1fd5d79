import { setTimeout as sleep } from 'node:timers/promises';
import { countAsked } from '../../idle-minute.ts';
import { type Comparison, sized } from '../comparison.ts';
import { startRace } from '../start-race.ts';

const STAGES = 100_000;
const IDLE_MS = 60_000;
/** What the filling set going (resyncs, autovacuum) is over by then. */
const SETTLE_MS = 5000;

/** A minute in which nothing is due; Stagebell with all its three instances. */
export const idle: Comparison = {
  name: 'idle',
  title: 'a minute in which nothing is due, with 100,000 future stages: what is asked of the servers',
  figures: [
    { name: 'statements', unit: '/min' },
    { name: 'Redis commands', unit: '/min' },
  ],
  isSteady: true,
  async run(bench, entry, size) {
    const field = await startRace(bench, entry, true);
    try {
      await field.fill({ count: sized(STAGES, size), fromMs: Date.now() + 86_400_000, everyMs: 500 });
      await sleep(SETTLE_MS);
      const { statements, commands } = await countAsked(bench, field.url, field.redisUrls, IDLE_MS);
      return { figures: { statements, 'Redis commands': commands } };
    } finally {
      await field.stop();
    }
  },
};
