import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS } from '../bench.ts';
import { type Comparison, sized } from '../comparison/comparison.ts';
import { startRace } from '../comparison/start-race.ts';
import { countAsked, sum, totals } from '../idle-minute.ts';
import type { Scenario } from '../scenario.ts';

const STAGES = 100_000;
const IDLE_MS = 60_000;
/** What the insert set going (a resync, autovacuum) is over by then. */
const SETTLE_MS = 5000;

const HEARTBEAT = /SET heartbeat_at/;

/** A minute in which nothing is due: what the deployment asks its servers nevertheless. */
export const idle: Scenario = {
  name: 'idle',
  targets: [
    // One more than fit: the minute may begin just before one.
    { name: 'heartbeats', unit: '', atMost: IDLE_MS / LEASE_MS + 1 },
    { name: 'other statements', unit: '', atMost: 0 },
    { name: 'one heartbeat takes', unit: 'ms', atMost: null },
    { name: 'Redis commands', unit: '', atMost: null },
  ],
  run: (bench) =>
    bench.deploy({ isCounted: true }, async (cluster, url) => {
      await cluster.stage('idle', `now() + interval '1 day' + i * interval '29 s'`, 'NULL', STAGES);
      await sleep(SETTLE_MS);
      // Of the first Redis: a quorum asks each of them the same.
      const redisUrls = cluster.redis.slice(0, 1).map((redis) => redis.url);
      const { queries, commands } = await countAsked(bench, url, redisUrls, IDLE_MS);
      const [heartbeats, others] = [true, false].map((is) =>
        queries.filter(({ query }) => HEARTBEAT.test(query) === is),
      );
      for (const { query, calls } of others ?? [])
        bench.say(`${calls} times: ${query.replaceAll(/\s+/g, ' ').slice(0, 120)}`);
      bench.say(`Redis: ${commands.map(({ command, times }) => `${times} ${command}`).join(', ')}`);
      const count = (some: typeof heartbeats): number => sum((some ?? []).map(({ calls }) => calls));
      return {
        heartbeats: count(heartbeats),
        'other statements': count(others),
        'one heartbeat takes': heartbeats?.[0]?.ms ?? Number.NaN,
        'Redis commands': sum(commands.map(({ times }) => times)),
      };
    }),
};

/** A minute in which nothing is due; Stagebell with all its three instances. */
export const idleCompared: Comparison = {
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
      const { statements, commands } = totals(await countAsked(bench, field.url, field.redisUrls, IDLE_MS));
      return { figures: { statements, 'Redis commands': commands } };
    } finally {
      await field.stop();
    }
  },
};
