import { text } from 'node:stream/consumers';
import Koa from 'koa';
import pg from 'pg';

/**
 * `api-floor.ts DATABASE_URL PORT`: reading and editing a stage with nothing but Koa and pg, by the
 * statements that Stagebell makes. No routing, no validation, no keys, no ETag, no problem documents.
 */
const [databaseUrl, port] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });

const COLUMNS = `id, assignment_id, name, position, start_date, end_date, status,
  stage_status(start_date, end_date, clock_timestamp()) AS effective_status, version, created_at, updated_at`;
const READ = `SELECT ${COLUMNS} FROM stage WHERE id = $1`;
const WRITER = `SELECT set_config('stagebell.instance', $1, true), set_config('stagebell.actor', $2, true)`;
const LOCK = `WITH locked AS MATERIALIZED (SELECT * FROM stage WHERE id = $1 FOR UPDATE) SELECT ${COLUMNS} FROM locked`;

const app = new Koa();
app.use(async (ctx) => {
  const id = ctx.path.slice('/v1/stages/'.length);
  ctx.body = ctx.method === 'GET' ? (await pool.query(READ, [id])).rows[0] : await edit(id, await text(ctx.req));
});
app.listen(Number(port), '127.0.0.1', () => console.log('listening'));

async function edit(id: string, body: string): Promise<unknown> {
  const { start_date } = JSON.parse(body) as { start_date: string };
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(WRITER, ['floor', '']);
    await client.query(LOCK, [id]);
    await client.query('UPDATE stage SET start_date = $2 WHERE id = $1', [id, new Date(start_date)]);
    const { rows } = await client.query(READ, [id]);
    await client.query('COMMIT');
    return rows[0];
  } finally {
    client.release();
  }
}
