import type pg from 'pg';
import { BATCH } from '../../../src/scheduler/advancer.ts';
import { withClient } from '../../support/postgres.ts';
import { sized } from '../comparison/comparison.ts';
import { moveDue } from './due.ts';
import { count, mb, type Series, us } from './series.ts';

const STAGES = 50_000;

/** The record only grows: what does that cost those who write to it? */
export const record: Series = {
  name: 'record',
  title: 'Transitions on the record: on the disk, and what moving 50,000 more costs',
  columns: ['on the record', 'table and indexes', 'each', 'moving one more'],
  async *lines(bench, size) {
    for (const full of [100_000, 1_000_000, 5_000_000]) {
      const rows = sized(full, size);
      const database = await bench.migrated();
      const bytes = await withClient(database.url, (client) => fill(client, rows));
      const { usEach } = await moveDue(database.url, sized(STAGES, size), { batch: BATCH, connections: 2 });
      await database.drop();
      yield [count(rows), mb(bytes), `${count(bytes / rows)} B`, us(usEach)];
    }
  },
};

/** Two transitions for each of many stages. @returns the size of the table with its indexes */
async function fill(client: pg.Client, rows: number): Promise<number> {
  await client.query(
    `INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term)
     SELECT md5((i / 2)::text)::uuid, md5((i / 10)::text)::uuid, 'pending', 'active', at, at, 'timer', 'web.1', 1
     FROM generate_series(1, $1::int) AS i, LATERAL (SELECT now() - i * interval '1 s') AS t (at)`,
    [rows],
  );
  await client.query('VACUUM ANALYZE transition');
  return (await client.query("SELECT pg_total_relation_size('transition')::float8 AS bytes")).rows[0].bytes;
}
