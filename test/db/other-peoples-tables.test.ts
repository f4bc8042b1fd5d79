import { expect } from 'chai';
import { activateStage } from '../../src/commands/activate-stage.ts';
import { editStage } from '../../src/commands/edit-stage.ts';
import { advance } from '../../src/db/leading/advance.ts';
import { readHorizon, readOutstanding } from '../../src/db/leading/horizon.ts';
import { readStages, type StageQuery } from '../../src/db/read/list-stages.ts';
import { readSchedule } from '../../src/db/read/schedule.ts';
import { Migrated } from '../support/migrated.ts';
import { onEachDatabase } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';

const NO_BOUNDS = { fromMs: null, beforeMs: null };
const EVERY: StageQuery = {
  ...{ statuses: null, ids: null, assignmentIds: null, externalId: null, updatedSinceMs: null },
  ...{ starts: NO_BOUNDS, ends: NO_BOUNDS, order: 'start_date', after: null, limit: 10 },
};

const LAST_VERSION = 2_147_483_647;
const sweep = (database: Migrated) =>
  advance(database.db, { term: null, limit: 100, cause: 'sweep', instance: 'test' });

describe('A table with columns of its users', () => {
  let database: Migrated;
  before(async function () {
    this.timeout(30_000);
    database = await Migrated.postgres();
    // Types without equality, generated ones, and the names that our statements use themselves.
    await database.sql(`ALTER TABLE stage ADD meta json DEFAULT '{}', ADD place point, ADD page xml, ADD at int, ADD is_open int,
      ADD stage_id text, ADD was text, ADD due_at text, ADD actor text, ADD n int, ADD epoch text, ADD term text, ADD now text,
      ADD twice int GENERATED ALWAYS AS (position * 2) STORED`);
    await database.sql(`ALTER TABLE assignment ADD meta json, ADD place point`);
    for (const sql of ['name TO title', 'title TO name']) await database.sql(`ALTER TABLE stage RENAME ${sql}`);
  });
  after(() => database.close());

  it('is written and read as any other', async () => {
    const writer = { database: database.database, instance: 'test', actor: null };
    const id = await database.stage('1 hour', '2 hours');
    await database.sql(`UPDATE stage SET meta = '{"a": 1}', place = '(1, 2)', at = 5 WHERE id = $1`, [id]);
    expect((await database.read(id)).version, 'what is not ours is not counted').to.equal(1);
    await database.sql(
      `INSERT INTO stage (id, assignment_id, name, start_date, meta) VALUES ($1, $2, 'x', now() - interval '1 hour', '{}')
       ON CONFLICT (id) DO UPDATE SET start_date = excluded.start_date, meta = excluded.meta`,
      [id, database.assignment],
    );
    expect((await editStage(writer, id, { name: 'renamed', endMs: Date.UTC(2100, 0) }, null)).version).to.equal(3);
    await editStage(writer, id, { startMs: Date.UTC(2099, 0) }, null);
    await activateStage(writer, id, null);
    await database.missed('-1 minute', '1 hour', 2);
    expect((await sweep(database)).moved).to.equal(2);
    await database.sql(`UPDATE assignment SET meta = '{}', place = '(1, 2)'`);
    const em = database.database.em();
    expect(await readStages(em, EVERY)).to.have.length(3);
    expect(await readStages(em, { ...EVERY, assignmentIds: [database.assignment] })).to.have.length(3);
    const schedule = await readSchedule(em, { after: null, limit: 10 });
    expect(schedule.reduce((sum, { stages }) => sum + stages, 0)).to.equal(3);
    const { instants } = await readHorizon(database.db, 10);
    expect((await readOutstanding(database.db, instants)).instants).to.deep.equal(instants);
    await database.sql('DELETE FROM stage WHERE id = $1', [id]);
    await expectSound(database);
  });

  it('changes no status that a trigger of theirs keeps out of the record', async () => {
    const id = await database.stage('1 hour');
    await database.sql(`CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER leave_out BEFORE INSERT ON transition FOR EACH ROW EXECUTE FUNCTION leave_out()`);
    const refused = await database
      .sql(`UPDATE stage SET start_date = now() - interval '1 hour' WHERE id = $1`, [id])
      .catch((error) => error);
    expect(String(refused)).to.match(/keeps rows out of the table transition/);
    await database.sql('DROP FUNCTION leave_out CASCADE');
    expect((await database.read(id)).status).to.equal('pending');
  });
});

onEachDatabase('What only we count', (database) => {
  it('is ours whatever a writer says, in an insert and in an update', async () => {
    const [stage] = await database().sql<{ id: string }>(
      `INSERT INTO stage (assignment_id, name, start_date, version, created_at, updated_at)
       VALUES ($1, 'x', '2100-01-01Z', ${LAST_VERSION}, 'infinity', '0044-03-15 BC') RETURNING id`,
      [database().assignment],
    );
    const [assignment] = await database().sql<{ id: string }>(
      `INSERT INTO assignment (title, version, created_at) VALUES ('x', -5, '-infinity') RETURNING id`,
    );
    const counted = async () =>
      (
        await database().sql<{ version: number; ok: boolean }>(
          `SELECT version, created_at > now() - interval '1 hour' AND created_at < now() + interval '1 hour' AND isfinite(updated_at) AS ok
           FROM stage WHERE id = $1 UNION ALL SELECT version, created_at > now() - interval '1 hour' AND created_at < now() + interval '1 hour' FROM assignment WHERE id = $2`,
          [stage?.id, assignment?.id],
        )
      ).map(({ version, ok }) => [version, ok]);
    expect(await counted()).to.deep.equal([
      [1, true],
      [1, true],
    ]);
    for (const table of ['stage', 'assignment'])
      await database().sql(`UPDATE ${table} SET version = 77, created_at = 'infinity'`);
    expect(await counted()).to.deep.equal([
      [1, true],
      [1, true],
    ]);
    await database().sql(`UPDATE stage SET name = 'y', version = 77`);
    expect((await counted())[0]).to.deep.equal([2, true]);
  });

  it('goes on from 1 behind the last version there is, so that no row becomes one that cannot be updated', async () => {
    const [id = ''] = await database().missed('-1 minute', '1 hour');
    const setLast = () =>
      database().transaction(async () => {
        await database().sql('SET LOCAL session_replication_role = replica');
        await database().sql(`UPDATE stage SET version = ${LAST_VERSION}, created_at = 'infinity'`);
      });
    await setLast();
    expect((await sweep(database())).moved).to.equal(1);
    expect((await database().read(id)).version).to.equal(1);
    await setLast();
    await database().sql(`UPDATE stage SET name = 'renamed'`);
    expect((await database().read(id)).version).to.equal(1);
  });

  it('is read as numbers where a row that came past the triggers says otherwise', async () => {
    const [id] = await database().missed('-1 minute');
    await database().transaction(async () => {
      await database().sql('SET LOCAL session_replication_role = replica');
      await database().sql(`UPDATE stage SET created_at = 'infinity', updated_at = '0044-03-15 BC'`);
      await database().sql(`UPDATE assignment SET created_at = '-infinity'`);
    });
    const em = database().database.em();
    const [stage] = await readStages(em, { ...EVERY, limit: 1 });
    expect(stage).to.include({ id, createdMs: Date.UTC(2200, 0) - 1, updatedMs: 0 });
    await database().sql(`UPDATE assignment SET title = 'repaired'`);
  });

  it('refuses another id for a stage, whose record is kept under it', async () => {
    const id = await database().stage('-1 hour');
    const refused = await database()
      .sql('UPDATE stage SET id = gen_random_uuid() WHERE id = $1', [id])
      .catch((error) => error);
    expect(refused).to.have.property('code', '0A000');
  });
});
