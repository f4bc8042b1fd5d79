import type pg from 'pg';
import { withClient } from '../support/postgres.ts';
import type { Bench } from './bench.ts';
import { until } from './pace.ts';

/** As bare as they can be: no trigger, no index but the keys. Not temporary: they wait for the same disk. */
const TABLES = `
CREATE TABLE floor_stage (id int PRIMARY KEY, status text NOT NULL, due_at timestamptz(3) NOT NULL);
CREATE TABLE floor_transition (id int PRIMARY KEY, due_at timestamptz NOT NULL, occurred_at timestamptz NOT NULL)`;

const FLIP = {
  name: 'flip',
  text: `WITH flipped AS (
    UPDATE floor_stage SET status = 'active' WHERE id = $1 AND due_at <= clock_timestamp() RETURNING id, due_at
  ) INSERT INTO floor_transition SELECT id, due_at, clock_timestamp() FROM flipped`,
};

/**
 * What this machine can do at this moment with nothing of ours in between: a bare setTimeout and one
 * statement that flips a row and writes its history, `count` times, one every `everyMs`. A figure of
 * the product is to be read against it: on a busy machine both are late.
 */
export async function floor(bench: Bench, count: number, everyMs: number): Promise<{ p50: number; p99: number }> {
  const { url } = await bench.server();
  return withClient(url, async (client) => {
    await client.query(TABLES);
    try {
      const firstMs = Date.now() + 500;
      await client.query(
        `INSERT INTO floor_stage SELECT i, 'pending', to_timestamp(($1::float8 + i * $2::float8) / 1000) FROM generate_series(0, $3 - 1) AS i`,
        [firstMs, everyMs, count],
      );
      await Promise.all(Array.from({ length: count }, (_, i) => flipAt(client, i, firstMs + i * everyMs)));
      const { rows } = await client.query(
        `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS p50, percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)::float8 AS p99
         FROM (SELECT extract(epoch FROM occurred_at - due_at) * 1000 AS ms FROM floor_transition) AS late`,
      );
      return rows[0];
    } finally {
      await client.query('DROP TABLE floor_stage, floor_transition');
    }
  });
}

async function flipAt(client: pg.Client, id: number, atMs: number): Promise<void> {
  await until(atMs);
  // setTimeout may fire a millisecond early, and then nothing is due yet.
  while ((await client.query({ ...FLIP, values: [id] })).rowCount === 0);
}
