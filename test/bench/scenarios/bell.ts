import type { Cluster } from '../../support/cluster.ts';
import type { Bench } from '../bench.ts';
import { readLateness } from '../lateness.ts';
import { literal, until } from '../pace.ts';
import { Probe } from '../probe.ts';
import type { Figures, Scenario } from '../scenario.ts';
import { witness } from '../witness.ts';

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
  return bench.deploy({}, async (cluster, url) => {
    const dueMs = Date.now() + aheadMs;
    const id = await cluster.stage('bell', literal(dueMs), literal(dueMs + 86_400_000), stages);
    if (Date.now() > dueMs - QUIET_MS) throw new Error('inserting took too long for the bell to be in the future');
    await until(dueMs - 500);
    const probe = new Probe(await asks(cluster, id), ASK_EVERY_MS);
    const seenMs = await witness(url, stages, aheadMs + 30_000);
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
