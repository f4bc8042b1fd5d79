import { expect } from 'chai';
import { readDrift } from '../../src/db/schema/drift.ts';
import { buildLaterIndexes } from '../../src/db/schema/later-indexes.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';

onEachDatabase('Indexes that are built after a migration', (database) => {
  const build = () => buildLaterIndexes(database().database, database().db);
  const missing = async () =>
    (await readDrift(database().db)).filter(({ what }) => what === 'index').map(({ name }) => name);

  it('are there in a new database, and built where one is missing', async () => {
    expect([await missing(), await build()]).to.deep.equal([[], []]);
    await database().sql('DROP INDEX transition_of_assignment, stage_by_external_id');
    expect(await missing()).to.have.members(['transition_of_assignment', 'stage_by_external_id']);
    expect(await build()).to.have.members(['transition_of_assignment', 'stage_by_external_id']);
    expect([await missing(), await build()]).to.deep.equal([[], []]);
  });
});

onPostgres('Indexes that are built while the service runs', (database) => {
  it('are rebuilt if a build was interrupted, by one process at a time', async () => {
    const other = await database().connect();
    await database().sql('DROP INDEX stage_by_external_id');
    for (const _ of [1, 2]) {
      await database().sql(`INSERT INTO stage (assignment_id, name, external_id) VALUES ($1, 'x', 'twice')`, [
        database().assignment,
      ]);
    }
    const refused = await buildLaterIndexes(database().database, database().db).catch((error) => error.code);
    expect(refused).to.equal('23505');
    await database().sql('DELETE FROM stage');
    await other.query('SELECT pg_advisory_lock(1937006951, to_regclass($1)::oid::integer)', ['stage']);
    expect(await buildLaterIndexes(database().database, database().db)).to.deep.equal([]);
    expect((await readDrift(database().db)).map(({ name }) => name)).to.deep.equal([]);
    await other.query('SELECT pg_advisory_unlock_all()');
    expect(await buildLaterIndexes(database().database, database().db)).to.deep.equal(['stage_by_external_id']);
  });
});
