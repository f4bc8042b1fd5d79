import { expect } from 'chai';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';

/** The triggers stand on nothing that a writer brings: not its search_path, not its rights. */
onPostgres('Writers of another kind', (database) => {
  afterEach(() => expectSound(database()));
  const insert = (table: string) =>
    `INSERT INTO ${table} (assignment_id, name, start_date) VALUES ($1, 'x', now() - interval '1 hour') RETURNING id, status`;

  for (const path of ['', 'elsewhere', 'pg_temp, elsewhere, public']) {
    it(`search_path = '${path}'`, async () => {
      const client = await database().connect();
      // Names like ours in front of ours, to be picked up by whatever is not qualified.
      await client.query(`CREATE SCHEMA IF NOT EXISTS elsewhere;
        CREATE TABLE IF NOT EXISTS elsewhere.transition (id int);
        CREATE OR REPLACE FUNCTION elsewhere.stage_status(timestamptz, timestamptz, timestamptz) RETURNS text LANGUAGE sql AS $$SELECT 'wrong'$$;
        CREATE TEMP TABLE IF NOT EXISTS transition (id int);
        SELECT set_config('search_path', '${path}', false)`);
      const { rows } = await client.query(insert('public.stage'), [database().assignment]);
      expect(rows[0].status).to.equal('active');
      await client.query(`UPDATE public.stage SET end_date = now() - interval '1 second' WHERE id = $1`, [rows[0].id]);
      await client.query('DELETE FROM public.stage WHERE id = $1', [rows[0].id]);
      expect((await database().record(rows[0].id)).map(({ to }) => to)).to.deep.equal(['active', 'completed']);
    });
  }

  it('a role that has rights on stage alone', async () => {
    const role = `teacher_${process.pid}_${database().assignment.slice(0, 8)}`;
    await database().sql(`CREATE ROLE ${role} LOGIN`);
    await database().sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON stage TO ${role}`);
    try {
      const client = await database().connect();
      await client.query(`SET SESSION AUTHORIZATION ${role}`);
      const { rows } = await client.query(insert('stage'), [database().assignment]);
      await client.query(`UPDATE stage SET start_date = now() + interval '1 hour' WHERE id = $1`, [rows[0].id]);
      let refusal = '';
      await client.query('DELETE FROM transition').catch((error) => {
        refusal = error.code;
      });
      expect(refusal, 'the record is not theirs to change').to.equal('42501');
      const record = await database().record(rows[0].id);
      expect(record.map(({ to, actor }) => [to, actor])).to.deep.equal([
        ['active', `sql:${role}`],
        ['pending', `sql:${role}`],
      ]);
    } finally {
      await database().sql(`DROP OWNED BY ${role}`);
      await database().sql(`DROP ROLE ${role}`);
    }
  });

  it('a writer far from UTC, with other ways of spelling dates', async () => {
    const client = await database().connect();
    await client.query(
      `SET timezone = 'Pacific/Kiritimati'; SET datestyle = 'SQL, DMY'; SET intervalstyle = 'iso_8601'`,
    );
    const { rows } = await client.query(
      `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', '01/02/2030 00:00:00') RETURNING id, status`,
      [database().assignment],
    );
    expect(await database().read(rows[0].id)).to.include({ status: 'pending', startMs: Date.UTC(2030, 0, 31, 10) });
  });
});
