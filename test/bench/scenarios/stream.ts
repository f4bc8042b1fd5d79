import type { Cluster } from '../../support/cluster.ts';
import type { Bench } from '../bench.ts';
import { type Arrival, Crowd } from '../crowd.ts';
import { ownRssMb } from '../fleet.ts';
import { until } from '../pace.ts';
import { readLateness, recorded } from '../record.ts';
import type { Figures, Scenario } from '../scenario.ts';

const EDITS = 50;
const EVERY_MS = 100;
const PATH = '/v1/events';
const REQUEST = '/livez';

/** How long after its commit an edit reaches clients. */
export const stream: Scenario = streamOf('stream', 1, 10);
export const streamCrowd: Scenario = streamOf('stream-crowd', 5000, 250);

function streamOf(name: string, readers: number, boundMs: number): Scenario {
  const isCrowd = readers > 1000;
  return {
    name,
    targets: [
      { name: 'commit to client p99', unit: 'ms', atMost: boundMs },
      { name: 'not seen', unit: '', atMost: 0 },
      ...(isCrowd ? [{ name: 'kB a reader, beyond a connection', unit: '', atMost: 20 } as const] : []),
    ],
    run: (bench) => follow(bench, readers, isCrowd),
  };
}

async function follow(bench: Bench, readers: number, isCrowd: boolean): Promise<Figures> {
  const connectionKb = isCrowd ? await connectionCost(bench, readers) : 0;
  return bench.deploy({ instances: 1 }, async (cluster) => {
    const { process } = await cluster.leader();
    const crowd = new Crowd(process.port);
    const readerKb = await costOf(process, crowd, Array(readers).fill(PATH));
    const id = await cluster.stage('bench', 'NULL');
    const committed = new Map<string, number>();
    for (let i = 1; i <= EDITS; i++) {
      await cluster.sql('UPDATE stage SET name = $2 WHERE id = $1', [id, `bench ${i}`]);
      committed.set(String(i), performance.timeOrigin + performance.now());
      await until(Date.now() + EVERY_MS);
    }
    await until(Date.now() + 3000);
    const latencies = latenciesOf(await crowd.end(), committed);
    const at = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
    bench.say(`p50 ${at(0.5).toFixed(1)} ms, last ${at(1).toFixed(1)} ms`);
    if (isCrowd) bench.say(`${connectionKb.toFixed(1)} kB a connection, ${readerKb.toFixed(1)} kB a reader`);
    return {
      'commit to client p99': at(0.99),
      'not seen': readers * EDITS - latencies.length,
      'kB a reader, beyond a connection': readerKb - connectionKb,
    };
  });
}

/** What as many connections cost that have asked for something short, in an instance of its own. */
const connectionCost = (bench: Bench, count: number): Promise<number> =>
  bench.deploy({ instances: 1 }, async (cluster) => {
    const { process } = await cluster.leader();
    const crowd = new Crowd(process.port);
    const kb = await costOf(process, crowd, Array(count).fill(REQUEST));
    await crowd.end();
    return kb;
  });

/** In kB each. */
async function costOf(process: { pid: number }, crowd: Crowd, paths: readonly string[]): Promise<number> {
  const beforeMb = ownRssMb(process);
  await crowd.open(paths);
  await until(Date.now() + 2000);
  return ((ownRssMb(process) - beforeMb) * 1000) / paths.length;
}

/** When each edit reached each client, from when its writer knew that it was committed, ascending. */
function latenciesOf(arrivals: readonly Arrival[], committed: ReadonlyMap<string, number>): number[] {
  const latencies: number[] = [];
  for (const { name, atMs } of arrivals) {
    const committedMs = committed.get(name);
    if (committedMs !== undefined) latencies.push(atMs - committedMs);
  }
  return latencies.sort((a, b) => a - b);
}

const STAGES = 10_000;
const ASSIGNMENTS = 1000;
const AHEAD_MS = 6000;

/** A bell of ten thousand while a thousand readers follow an assignment each, against the same without them. */
export const streamBell: Scenario = {
  name: 'stream-bell',
  targets: [
    { name: 'bell, ratio', unit: '', atMost: 1.2 },
    { name: 'last event', unit: 'ms', atMost: 2000 },
    { name: 'not seen', unit: '', atMost: 0 },
    { name: 'bell without readers', unit: 'ms', atMost: null },
    { name: 'bell with readers', unit: 'ms', atMost: null },
  ],
  async run(bench) {
    const [alone, heard] = [await ring(bench, false), await ring(bench, true)];
    return {
      'bell, ratio': heard.bellMs / alone.bellMs,
      'last event': heard.lastMs,
      'not seen': STAGES - heard.seen,
      'bell without readers': alone.bellMs,
      'bell with readers': heard.bellMs,
    };
  },
};

function ring(bench: Bench, hasReaders: boolean): Promise<{ bellMs: number; lastMs: number; seen: number }> {
  return bench.deploy({ instances: 1 }, async (cluster) => {
    const { process } = await cluster.leader();
    const ids = await assignments(cluster);
    const crowd = hasReaders ? new Crowd(process.port) : null;
    await crowd?.open(ids.map((id) => `${PATH}?assignment_id=${id}&types=stage.activated`));
    const dueMs = Date.now() + AHEAD_MS;
    await cluster.sql(
      `INSERT INTO stage (assignment_id, name, start_date) SELECT assignment.id, 'bell', to_timestamp($1::float8 / 1000)
       FROM assignment, generate_series(1, $2::int) WHERE title = 'followed'`,
      [dueMs, STAGES / ASSIGNMENTS],
    );
    await recorded(cluster, STAGES, AHEAD_MS + 30_000);
    const { max } = await readLateness(cluster, STAGES);
    await until(Date.now() + 3000);
    const arrivals = (await crowd?.end()) ?? [];
    const last = arrivals.reduce((latest, { atMs }) => Math.max(latest, atMs), dueMs);
    return { bellMs: max, lastMs: last - dueMs, seen: arrivals.length };
  });
}

async function assignments(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.sql<{ id: string }>(
    `INSERT INTO assignment (title) SELECT 'followed' FROM generate_series(1, $1::int) RETURNING id`,
    [ASSIGNMENTS],
  );
  return rows.map(({ id }) => id);
}
