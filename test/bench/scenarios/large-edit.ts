import type { Cluster } from '../../support/cluster.ts';
import { literal, until } from '../pace.ts';
import { recorded } from '../record.ts';
import type { Scenario } from '../scenario.ts';

const EDITED = 100_000;
const BELLS = 1000;
const EVERY_MS = 20;

/** One statement in SQL that changes the status of many stages, while others become due. */
export const largeEdit: Scenario = {
  name: 'large-edit',
  targets: [
    { name: 'latest bell', unit: 'ms', atMost: 1000 },
    { name: 'given up', unit: '', atMost: 0 },
    { name: 'edit took', unit: 'ms', atMost: null },
  ],
  run: (bench) =>
    bench.deploy({}, async (cluster) => {
      await cluster.stage('edited', `now() + interval '1 day'`, 'NULL', EDITED);
      const fromMs = Date.now() + 2000;
      await cluster.stage('bells', `${literal(fromMs)} + i * interval '${EVERY_MS} ms'`, 'NULL', BELLS);
      await until(fromMs + 500);
      const editedFromMs = Date.now();
      await cluster.sql(`UPDATE stage SET start_date = now() - interval '1 s' WHERE name = 'edited'`);
      const tookMs = Date.now() - editedFromMs;
      await until(fromMs + BELLS * EVERY_MS);
      await recorded(cluster, EDITED + BELLS, 20_000);
      const bells = await cluster.record('bells');
      const lateness = bells.map((bell) => bell.lateness ?? 0);
      return {
        'latest bell': Math.max(...lateness),
        'given up': givenUp(cluster),
        'edit took': tookMs,
      };
    }),
};

function givenUp({ instances }: Cluster): number {
  return [...instances.values()].flatMap(({ lines }) => lines.filter(({ event }) => event === 'advance_failed')).length;
}
