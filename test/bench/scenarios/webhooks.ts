import type { Cluster } from '../../support/cluster.ts';
import { Receiver } from '../../support/receiver.ts';
import type { Bench } from '../bench.ts';
import { literal } from '../pace.ts';
import { readLateness, recorded } from '../record.ts';
import type { Scenario } from '../scenario.ts';

const STAGES = 10_000;
const HANGING = 10;
const AHEAD_MS = 6000;
const BELL_LIMIT_MS = 60_000;
const DELIVERY_LIMIT_MS = 120_000;
const ALLOWED = { WEBHOOK_ALLOW: '127.0.0.1' };

/** A bell that is delivered to a good endpoint beside ten that never answer, and the same bell without webhooks. */
export const webhooks: Scenario = {
  name: 'webhooks',
  targets: [
    { name: `${STAGES} deliveries`, unit: 'ms', atMost: 10_000 },
    { name: 'bell with / without', unit: '', atMost: 1.1 },
    { name: 'bell without', unit: 'ms', atMost: null },
    { name: 'bell with', unit: 'ms', atMost: null },
    { name: 'first delivery after the bell', unit: 'ms', atMost: null },
    { name: 'twice', unit: '', atMost: null },
  ],
  async run(bench) {
    const without = (await ring(bench, [])).bellMs;
    const good = await Receiver.start();
    const hanging = await Promise.all(Array.from({ length: HANGING }, () => Receiver.start(() => {})));
    try {
      const { bellMs, dueMs } = await ring(bench, [good, ...hanging], () => good.has(STAGES, DELIVERY_LIMIT_MS));
      const [first, last] = [good.got[0]?.atMs ?? 0, good.got[STAGES - 1]?.atMs ?? Number.NaN];
      bench.say(`those that hang got ${hanging.map(({ got }) => got.length).join(', ')}`);
      return {
        [`${STAGES} deliveries`]: last - first,
        'bell with / without': bellMs / without,
        'bell without': without,
        'bell with': bellMs,
        'first delivery after the bell': performance.timeOrigin + first - dueMs,
        twice: good.ids.length - new Set(good.ids).size,
      };
    } finally {
      for (const each of [good, ...hanging]) await each.stop();
    }
  },
};

/** @returns how late the last of the bell was */
function ring(
  bench: Bench,
  receivers: readonly Receiver[],
  then: () => Promise<unknown> = async () => {},
): Promise<{ bellMs: number; dueMs: number }> {
  return bench.deploy({ env: ALLOWED }, async (cluster) => {
    for (const { url } of receivers) await hook(cluster, url);
    const dueMs = Date.now() + AHEAD_MS;
    await cluster.stage('bell', literal(dueMs), literal(dueMs + 86_400_000), STAGES);
    await recorded(cluster, STAGES, BELL_LIMIT_MS);
    await then();
    return { bellMs: (await readLateness(cluster, STAGES)).max, dueMs };
  });
}

async function hook(cluster: Cluster, url: string): Promise<void> {
  const [any] = cluster.instances.values();
  const response = await fetch(`${any?.url}/v1/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, types: ['stage.activated'] }),
  });
  if (response.status !== 201)
    throw new Error(`POST /v1/webhooks answered ${response.status}: ${await response.text()}`);
}
