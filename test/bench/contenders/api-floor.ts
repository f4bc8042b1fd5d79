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
const EDIT = `WITH writer AS MATERIALIZED (SELECT set_config('stagebell.instance', 'floor', true)), free AS MATERIALIZED (
    SELECT id AS stage_id FROM stage WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE stage SET start_date = $2 FROM writer, free WHERE id = stage_id RETURNING ${COLUMNS}`;

const app = new Koa();
app.use(async (ctx) => {
  const id = ctx.path.slice('/v1/stages/'.length);
  ctx.body = ctx.method === 'GET' ? await ask('read', READ, [id]) : await edit(id, await text(ctx.req));
});
app.listen(Number(port), '127.0.0.1', () => console.log('listening'));

function edit(id: string, body: string): Promise<unknown> {
  const { start_date } = JSON.parse(body) as { start_date: string };
  return ask('edit', EDIT, [id, start_date]);
}

async function ask(name: string, text: string, values: unknown[]): Promise<unknown> {
  return (await pool.query({ name, text, values })).rows[0];
}
