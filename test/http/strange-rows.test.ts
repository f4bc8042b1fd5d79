import { expect } from 'chai';
import { type Json, suiteApi } from './support.ts';

describe('rows that only SQL writes', () => {
  const api = suiteApi();
  before(async function () {
    this.timeout(60_000);
    // As a superuser that skips triggers, so that the rows are as bad as rows can be.
    for (const [i, at] of [
      '-infinity',
      '4714-11-24 00:00:00Z BC',
      '0001-01-01',
      '1960-01-01',
      '12026-01-01',
      '290000-01-01',
      'infinity',
    ].entries()) {
      await sql(`INSERT INTO assignment (id, title, created_at, updated_at)
        VALUES ('00000000-0000-4000-8000-00000000000${i}', 'odd ${i}', '${at}', '${at}')`);
      await sql(`INSERT INTO stage (assignment_id, name, created_at, updated_at)
        VALUES ('00000000-0000-4000-8000-00000000000${i}', 'odd ${i}', '${at}', '${at}')`);
      await sql(`INSERT INTO transition (stage_id, assignment_id, from_status, to_status, occurred_at, cause, instance)
        SELECT id, assignment_id, 'pending', 'active', '${at}', 'edit', 'x' FROM stage WHERE name = 'odd ${i}'`);
    }
  });
  const sql = (text: string) =>
    api.database.em().transactional(async (em) => {
      await em.execute(`SET LOCAL session_replication_role = replica`);
      await em.execute(text);
    });

  it('do not spoil lists: each row is listed once, in order, as near to its instant as possible', async () => {
    for (const path of ['/v1/assignments', '/v1/stages', '/v1/transitions']) {
      const items: Json[] = [];
      for (let query = '?limit=1'; ; ) {
        const { status, body } = await api.call('GET', `${path}${query}`);
        expect(status).to.equal(200);
        items.push(...body.items);
        if (body.next_cursor === null) break;
        query = `?limit=1&cursor=${body.next_cursor}`;
        expect(items).to.have.length.below(20);
      }
      expect(items, path).to.have.length(7);
      if (path !== '/v1/assignments') continue;
      expect(items.map(({ title }) => title)).to.deep.equal(Array.from({ length: 7 }, (_, i) => `odd ${i}`));
      expect([items[0].created_at, items[6].created_at]).to.deep.equal([
        '1970-01-01T00:00:00.000Z',
        '2199-12-31T23:59:59.999Z',
      ]);
      for (const { id } of items) expect((await api.call('GET', `/v1/assignments/${id}`)).status).to.equal(200);
    }
  });

  it('are refused as the platform refuses them, and the answer names its rule', async () => {
    const stage = await api.stage();
    const path = `/v1/stages/${stage.id}`;
    await sql(`CREATE TABLE grade (stage_id uuid CONSTRAINT grade_of_stage REFERENCES stage (id))`);
    await sql(`INSERT INTO grade VALUES ('${stage.id}')`);
    const kept = await api.call('DELETE', path);
    expect([kept.status, kept.body.detail]).to.deep.equal([
      409,
      'The database has a rule of its own that forbids this: its constraint grade_of_stage.',
    ]);
    await sql(`ALTER TABLE stage ADD CONSTRAINT no_thirteen CHECK (name <> '13')`);
    expect((await api.call('PATCH', path, { name: '13' })).body.detail).to.contain('no_thirteen');
    await sql(`CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the term is closed'; END $$`);
    await sql(`CREATE TRIGGER shut BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION shut()`);
    const shut = await api.call('PATCH', path, { name: '14' });
    expect([shut.status, shut.body.detail]).to.deep.equal([
      409,
      'The database has a rule of its own that forbids this: the term is closed',
    ]);
    await sql(`CREATE OR REPLACE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE 'could not connect to server' USING ERRCODE = '08001'; END $$`);
    const remote = await api.call('PATCH', path, { name: '15' });
    expect([remote.status, remote.body.detail]).to.deep.equal([
      409,
      'The database has a rule of its own that forbids this: could not connect to server',
    ]);
    await sql(
      `CREATE OR REPLACE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the term is closed'; END $$`,
    );
    const activated = await api.call('POST', `${path}/activate`);
    expect([activated.status, activated.body.detail]).to.deep.equal([409, shut.body.detail]);
  });
});
