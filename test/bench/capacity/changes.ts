import type pg from 'pg';
import { withClient } from '../../support/postgres.ts';
import { sized } from '../comparison/comparison.ts';
import { count, mb, type Series } from './series.ts';

const EDITS = 20_000;
const CREATE = `INSERT INTO stage (assignment_id, name, start_date, end_date)
  VALUES (assignment, 'Peer review ' || i, now() + i * interval '1 hour', now() + (i + 100) * interval '1 hour')`;
const MOVE = `UPDATE stage SET start_date = start_date + interval '1 day', end_date = end_date + interval '1 day' WHERE name = 'Peer review ' || i`;

/** The record of edits: what does each take on the disk? */
export const changes: Series = {
  name: 'changes',
  title: 'Edits on the record, each a statement of its own: on the disk',
  columns: ['edits', 'tables and indexes', 'each'],
  async *lines(bench, size) {
    const rows = sized(EDITS, size);
    const database = await bench.migrated();
    const lines = await withClient(database.url, async (client) => {
      await client.query('CREATE INDEX ON stage (name)');
      return [
        ['stages created', await grows(client, rows, CREATE)],
        ['both dates moved', await grows(client, rows, MOVE)],
      ] as const;
    });
    await database.drop();
    for (const [what, bytes] of lines) yield [`${count(rows)} ${what}`, mb(bytes), `${count(bytes / rows)} B`];
  },
};

const SIZE = `SELECT (pg_total_relation_size('change') + pg_total_relation_size('change_commit'))::float8 AS bytes`;

async function grows(client: pg.Client, rows: number, edit: string): Promise<number> {
  const before = (await client.query(SIZE)).rows[0].bytes;
  await client.query(`DO $$ DECLARE assignment uuid; BEGIN
    INSERT INTO assignment (title) VALUES ('x') RETURNING id INTO assignment;
    FOR i IN 1..${rows} LOOP ${edit}; END LOOP;
  END $$`);
  await client.query('VACUUM ANALYZE change, change_commit');
  return (await client.query(SIZE)).rows[0].bytes - before;
}
