import { withClient } from '../../support/postgres.ts';
import { sized } from '../comparison/comparison.ts';
import { fillStagebell } from '../comparison/tables.ts';
import { peakRssMb, saidAtMs, startFleet } from '../fleet.ts';
import { count, mb, ms, type Series } from './series.ts';

const RECKONED = 10_000_000;

/** Stages that lie ahead: what they cost on the disk, and what a start costs over them. */
export const stages: Series = {
  name: 'stages',
  title: 'Future stages, each at an instant of its own: on the disk, and at a start',
  columns: ['future stages', 'table and indexes', 'each', 'leading and armed after', 'memory of the leader'],
  async *lines(bench, size) {
    let each = 0;
    for (const full of [10_000, 100_000, 1_000_000, 3_000_000]) {
      const future = sized(full, size);
      const database = await bench.migrated();
      const bytes = await withClient(database.url, async (client) => {
        await fillStagebell(client, { count: future, fromMs: Date.now() + 86_400_000, everyMs: 1000 }, true);
        await client.query('VACUUM ANALYZE stage');
        return (await client.query("SELECT pg_total_relation_size('stage')::float8 AS bytes")).rows[0].bytes as number;
      });
      each = bytes / future;
      yield await bench.deploy({ databaseUrl: database.url, instances: 0 }, async (cluster) => {
        const { startedMs, leader } = await startFleet(cluster, ['i1']);
        const armedMs = (await saidAtMs(leader, 'armed', 60_000)) - startedMs;
        return [count(future), mb(bytes), `${count(each)} B`, ms(armedMs), mb(peakRssMb(leader) * 1e6)];
      });
      await database.drop();
    }
    yield [`${count(RECKONED)}, reckoned from the line above`, mb(each * RECKONED), `${count(each)} B`, '', ''];
  },
};
