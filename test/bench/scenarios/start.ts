import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Bench } from '../bench.ts';
import { type Comparison, sized } from '../comparison/comparison.ts';
import { race } from '../comparison/start-race.ts';
import { peakRssMb, saidAtMs, startFleet } from '../fleet.ts';
import type { Figures, Scenario } from '../scenario.ts';

const STAGES = 1_000_000;
/** The heartbeats after the start must not grow it either. */
const SETTLE_MS = 3000;

/**
 * A start on a million stages to come. Twice: with every instant its own, and on the mornings of a
 * year, where one instant stands for thousands of stages.
 */
export const start: Scenario = startOf('start', `now() + interval '1 day' + i * interval '29 s'`);
export const startOnDays: Scenario = startOf(
  'start-days',
  `date_trunc('day', now()) + (1 + i % 365) * interval '1 day'`,
);

function startOf(name: string, startDate: string): Scenario {
  return {
    name,
    targets: [
      { name: 'leading', unit: 'ms', atMost: 3000 },
      { name: 'armed', unit: 'ms', atMost: 3000 },
      { name: 'peak RSS of the leader', unit: 'MB', atMost: 250 },
      { name: 'armed, where three start at once', unit: 'ms', atMost: null },
    ],
    async run(bench) {
      const databaseUrl = await bench.prepared(name, (client) => insertMillion(bench, client, startDate));
      const alone = await startOn(bench, databaseUrl, ['i1']);
      const together = await startOn(bench, databaseUrl, ['i1', 'i2', 'i3']);
      return { ...alone, 'armed, where three start at once': together['armed'] ?? Number.NaN };
    },
  };
}

/** Without the triggers, which would be most of the time: nothing is due and nobody listens. */
async function insertMillion(bench: Bench, client: pg.Client, startDate: string): Promise<void> {
  bench.say(`inserting ${STAGES} stages`);
  await client.query(`SET session_replication_role = replica;
    WITH a AS (INSERT INTO assignment (title) VALUES ('start') RETURNING id)
    INSERT INTO stage (assignment_id, name, start_date, end_date)
    SELECT a.id, 'stage ' || i, ${startDate}, ${startDate} + interval '1 hour' FROM a, generate_series(1, ${STAGES}) AS i`);
}

function startOn(bench: Bench, databaseUrl: string, names: readonly string[]): Promise<Figures> {
  return bench.deploy({ databaseUrl, instances: 0 }, async (cluster) => {
    const { startedMs, leader } = await startFleet(cluster, names);
    const leadingMs = (await saidAtMs(leader, 'leadership_gained', 30_000)) - startedMs;
    const armedMs = (await saidAtMs(leader, 'armed', 30_000)) - startedMs;
    await sleep(SETTLE_MS);
    return { leading: leadingMs, armed: armedMs, 'peak RSS of the leader': peakRssMb(leader) };
  });
}

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
