import { sized } from '../comparison/comparison.ts';
import { cpuMs } from '../fleet.ts';
import { until } from '../pace.ts';
import { readLateness, recorded } from '../record.ts';
import { insertBells } from '../ringing.ts';
import { count, ms, type Series } from './series.ts';

const LENGTH_MS = 5000;

/** Instants that differ, each with a timer and a statement of its own. The database cannot tell finer ones apart than a millisecond. */
export const instants: Series = {
  name: 'instants',
  title: 'Instants a second, a stage at each: lateness, and how busy the leader is',
  columns: ['instants a second', 'p50', 'p99', 'the latest', "the leader's core"],
  async *lines(bench, size) {
    for (const perSecond of [50, 100, 200, 500, 1000]) {
      const lengthMs = sized(LENGTH_MS, size);
      const bells = Math.round((perSecond * lengthMs) / 1000);
      yield await bench.deploy({}, async (cluster) => {
        const { process: leader } = await cluster.leader();
        const fromMs = Date.now() + 2000;
        await insertBells(cluster, fromMs, bells, 1000 / perSecond);
        await until(fromMs);
        const before = cpuMs(leader);
        await until(fromMs + lengthMs);
        const busy = (cpuMs(leader) - before) / lengthMs;
        await recorded(cluster, bells, 30_000);
        const { p50, p99, max } = await readLateness(cluster, bells);
        return [count(perSecond), ms(p50), ms(p99), ms(max), `${count(busy * 100)} %`];
      });
    }
  },
};
