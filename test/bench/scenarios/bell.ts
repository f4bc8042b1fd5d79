import type { Cluster } from '../../support/cluster.ts';
import type { Bench } from '../bench.ts';
import { type Comparison, type Measured, sized } from '../comparison/comparison.ts';
import { race } from '../comparison/start-race.ts';
import { literal, until } from '../pace.ts';
import { Probe } from '../probe.ts';
import { awaitRecord, measureLateness, readLateness, recorded } from '../record.ts';
import type { Figures, Scenario } from '../scenario.ts';

const ASK_EVERY_MS = 20;
/** The leader must have planned, and the insert's own traffic be over, before the bell. */
const QUIET_MS = 2000;

/** Many stages due at one instant, while people look at them through the leader and a follower. */
export const bell: Scenario = bellOf('bell', 10_000, 500, 5000);
export const greatBell: Scenario = bellOf('great-bell', 100_000, 5000, 15_000);

function bellOf(name: string, stages: number, boundMs: number, aheadMs: number): Scenario {
  return {
    name,
    targets: [
      { name: `last of ${stages}`, unit: 'ms', atMost: boundMs },
      { name: 'slowest GET', unit: 'ms', atMost: 250 },
      { name: 'early', unit: '', atMost: 0 },
      { name: 'last seen by another client', unit: 'ms', atMost: null },
    ],
    run: (bench) => ring(bench, stages, aheadMs),
  };
}

async function ring(bench: Bench, stages: number, aheadMs: number): Promise<Figures> {
  return bench.deploy({}, async (cluster) => {
    const dueMs = Date.now() + aheadMs;
    const id = await cluster.stage('bell', literal(dueMs), literal(dueMs + 86_400_000), stages);
    if (Date.now() > dueMs - QUIET_MS) throw new Error('inserting took too long for the bell to be in the future');
    await until(dueMs - 500);
    const probe = new Probe(await asks(cluster, id), ASK_EVERY_MS);
    const seenMs = await recorded(cluster, stages, aheadMs + 30_000);
    const answers = await probe.stop();
    const { max, early } = await readLateness(cluster, stages);
    const slowest = [...answers.maxMsOf].sort(([, a], [, b]) => b - a).slice(0, 4);
    bench.say(`${answers.count} GETs, up to ${slowest.map(([name, ms]) => `${ms.toFixed(0)} ms ${name}`).join(', ')}`);
    return {
      [`last of ${stages}`]: max,
      'slowest GET': answers.maxMs,
      early,
      'last seen by another client': seenMs - dueMs,
    };
  });
}

/** What a timeline and a status page ask for, from the leader and from a follower. */
async function asks(cluster: Cluster, id: string): Promise<Record<string, string>> {
  const paths = [`/v1/stages/${id}`, '/v1/stages?limit=50', '/v1/transitions?limit=50', '/v1/scheduler', '/livez'];
  const [follower] = await cluster.followers();
  const { process: leader } = await cluster.leader();
  const of = (who: string, base: string | undefined) =>
    paths.map((path) => [`${path.replace(id, '{id}')} of the ${who}`, `${base}${path}`]);
  return Object.fromEntries([...of('leader', leader.url), ...of('follower', follower?.url)]);
}

/** Whatever the filling set going is over by the bell. */
const COMPARED_QUIET_MS = 2500;

/** Many stages at one instant. Who is not through after the limit is cut off, and the table says how far it came. */
export const bellCompared: Comparison = comparedOf('bell', 10_000, 75_000);
export const greatBellCompared: Comparison = comparedOf('great-bell', 100_000, 120_000);

function comparedOf(name: string, stages: number, limitMs: number): Comparison {
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
        const dueMs = Date.now() + COMPARED_QUIET_MS + 2000 + Math.ceil(count * entry.scheduleMs);
        await field.fill({ count, fromMs: dueMs, everyMs: 0 });
        if (Date.now() > dueMs - COMPARED_QUIET_MS / 2)
          throw new Error('handing over took too long for the bell to be to come');
        const seenMs = await awaitRecord(field.url, count, dueMs + limitMs);
        const late = await measureLateness(field.url);
        if (seenMs === null)
          return { figures: {}, note: `cut off: ${late.count} of ${count} after ${limitMs / 1000} s` };
        return { figures: { last: late.max, seen: seenMs - dueMs, p50: late.p50 }, quantiles: late.quantiles };
      }),
  };
}
