import { withClient } from '../../support/postgres.ts';
import { sized } from '../comparison/comparison.ts';
import { literal, until } from '../pace.ts';
import { Probe } from '../probe.ts';
import { readLateness, recorded } from '../record.ts';
import { count, ms, type Series, us } from './series.ts';

/** What inserting one stage in plain SQL may take at the worst, with its triggers. */
const INSERT_MS = 0.08;

/** Many stages at one instant, up to a whole country at 23:59:59. */
export const bursts: Series = {
  name: 'bursts',
  title: 'Stages at one instant: from the instant until the last is moved, and what requests feel of it',
  columns: ['stages at one instant', 'the last', 'each', 'slowest GET meanwhile', 'WAL each'],
  async *lines(bench, size) {
    for (const full of [1000, 10_000, 100_000, 1_000_000]) {
      const stages = sized(full, size);
      yield await bench.deploy({}, async (cluster, url) => {
        const dueMs = Date.now() + 3000 + stages * INSERT_MS;
        const id = await cluster.stage('burst', literal(dueMs), 'NULL', stages);
        const fromLsn = await walPosition(url);
        await until(dueMs - 200);
        const { process: leader } = await cluster.leader();
        const probe = new Probe({ stage: `${leader.url}/v1/stages/${id}` }, 20);
        await recorded(cluster, stages, 10_000 + stages);
        const { maxMs } = await probe.stop();
        const { max } = await readLateness(cluster, stages);
        const walBytes = (await walPosition(url)) - fromLsn;
        return [count(stages), ms(max), us((max * 1000) / stages), ms(maxMs), `${count(walBytes / stages)} B`];
      });
    }
  },
};

function walPosition(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS at");
    return rows[0].at;
  });
}
