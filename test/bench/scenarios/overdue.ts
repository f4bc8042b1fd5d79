import type { Cluster } from '../../support/cluster.ts';
import { withClient } from '../../support/postgres.ts';
import type { Bench } from '../bench.ts';
import { type Comparison, type Measured, sized } from '../comparison/comparison.ts';
import { race } from '../comparison/start-race.ts';
import { startFleet } from '../fleet.ts';
import { awaitRecord, countNotOnce, readLateness, recorded } from '../record.ts';
import type { Figures, Scenario } from '../scenario.ts';

/**
 * Nobody was there for a month: stages missed their start and their end. The first instance starts
 * and has to move them all, in the order in which it should have happened.
 *
 * 'Overdue' counts boundaries in the first, stages (each with both boundaries missed) in the second:
 * the second is twice the work.
 */
export const overdue: Scenario = overdueOf('overdue', 50_000);
export const overdueStages: Scenario = overdueOf('overdue-stages', 100_000);

function overdueOf(name: string, stages: number): Scenario {
  const boundaries = 2 * stages;
  return {
    name,
    targets: [
      { name: `last of ${boundaries} moved`, unit: 'ms', atMost: 6000 },
      { name: 'out of order', unit: '', atMost: 0 },
      { name: 'broken chains', unit: '', atMost: 0 },
      { name: 'not exactly once', unit: '', atMost: 0 },
      { name: 'last seen by another client', unit: 'ms', atMost: null },
    ],
    run: (bench) => catchUp(bench, stages),
  };
}

async function catchUp(bench: Bench, stages: number): Promise<Figures> {
  const boundaries = 2 * stages;
  return bench.deploy({ instances: 0 }, async (cluster) => {
    await insertMissed(cluster, stages);
    const seen = recorded(cluster, boundaries, 60_000);
    const { startedMs } = await startFleet(cluster, ['i1']);
    const seenMs = await seen;
    await readLateness(cluster, boundaries);
    const [last] = await cluster.sql<{ at: number }>(
      'SELECT (extract(epoch FROM max(occurred_at)) * 1000)::float8 AS at FROM transition',
    );
    return {
      [`last of ${boundaries} moved`]: (last?.at ?? Number.NaN) - startedMs,
      'out of order': await count(cluster, OUT_OF_ORDER),
      'broken chains': await count(cluster, BROKEN_CHAINS),
      'not exactly once': await countNotOnce(cluster, 2),
      'last seen by another client': seenMs - startedMs,
    };
  });
}

/** Without the triggers, which would derive the status at once: as if nobody had been there. */
async function insertMissed(cluster: Cluster, stages: number): Promise<void> {
  await cluster.sql(`BEGIN; SET LOCAL session_replication_role = replica;
    INSERT INTO stage (assignment_id, name, start_date, end_date)
    SELECT '${cluster.assignment}', 'missed', at, at + interval '1 day'
    FROM generate_series(1, ${stages}) AS i, LATERAL (SELECT now() - interval '30 days' + i * interval '20 s') AS t (at);
    COMMIT`);
}

const OUT_OF_ORDER = `SELECT count(*)::int AS count FROM (
  SELECT due_at < lag(due_at) OVER (ORDER BY id) AS is_wrong FROM transition) AS t WHERE is_wrong`;

const BROKEN_CHAINS = `SELECT count(*)::int AS count FROM (
  SELECT from_status <> coalesce(lag(to_status) OVER (PARTITION BY stage_id ORDER BY id), 'pending') AS is_wrong
  FROM transition) AS t WHERE is_wrong`;

async function count(cluster: Cluster, sql: string): Promise<number> {
  const [row] = await cluster.sql<{ count: number }>(sql);
  return row?.count ?? Number.NaN;
}

const STAGES = 100_000;
const LIMIT_MS = 120_000;

/** Nobody was there while they came due. From the start of a process until the last one is moved. */
export const overdueCompared: Comparison = {
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
