import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { differencesOf, differencesTrouble } from '../../src/db/instances/differences.ts';
import { type Identity, readInstances, removeInstance, writeInstance } from '../../src/db/instances/instances.ts';
import { readInstanceViews } from '../../src/db/instances/view.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';

const some = (name: string, settings: Identity['settings'] = { LEADER_LEASE_MS: 5000 }): Identity => ({
  id: randomUUID(),
  name,
  version: '1.0.0',
  role: 'all',
  leaseMs: 5000,
  settings,
  host: 'here',
  pid: 7,
});
const trouble = { part: 'redis', cause: 'c', cure: 'd', detail: '', isBlocking: false, since: 'then', until: null };
const CONDITION = { uptimeMs: 5000, clockOffsetMs: null, troubles: [trouble] };

onEachDatabase('Instances', (database) => {
  beforeEach(() => database().sql('TRUNCATE instance'));
  const write = (one: Identity, isFirst = true) => writeInstance(database().db, one, CONDITION, isFirst);

  it('are written and read with what ails them, and are told of each other', async () => {
    const [a, b] = [some('a'), some('b')];
    expect(await write(a)).to.deep.equal({ others: [], wasThere: false });
    expect((await write(b)).others.map(({ name }) => name)).to.deep.equal(['a']);
    expect((await write(b, false)).wasThere).to.equal(true);
    const [first] = await readInstances(database().db);
    expect(first).to.deep.include({ ...a, troubles: [trouble], clockOffsetMs: null });
    expect(first?.seenAgoMs).to.be.within(0, 60_000);
    expect(first?.uptimeMs).to.be.within(5000, 65_000);
    await removeInstance(database().db, a.id);
    expect((await readInstanceViews(database().db, 'b'))?.map(({ name, role }) => [name, role])).to.deep.equal([
      ['b', 'leader'],
    ]);
  });

  it('that crashed are not listed for long, and make room for a successor at once', async () => {
    await write(some('a'));
    await database().sql(`UPDATE instance SET seen_at = seen_at - interval '12 minutes'`);
    expect(await readInstances(database().db)).to.deep.equal([]);
    await database().sql(`UPDATE instance SET seen_at = seen_at + interval '12 minutes'`);
    expect((await write(some('a'))).others).to.deep.equal([]);
    await database().sql(`UPDATE instance SET seen_at = seen_at - interval '2 hours'`);
    await write(some('b'));
    expect(await database().sql('SELECT name FROM instance')).to.deep.equal([{ name: 'b' }]);
  });
});

describe('Instances that should be alike', () => {
  const of = (name: string, settings: Identity['settings'], version = '1', uptimeMs = 1e6) => ({
    name,
    version,
    settings,
    uptimeMs,
  });

  it('differ where their values do, and not where one has no use for a setting', () => {
    expect(differencesOf([of('a', { X: 1, R: null }), of('b', { X: 1 })])).to.deep.equal([]);
    expect(differencesOf([of('b', { R: null }), of('a', { R: 'r:1' }), of('c', { R: 'r:1' })])).to.deep.equal([
      { what: 'R', text: 'not set on b; r:1 on a, c' },
    ]);
    expect(differencesOf([of('a', {}), of('a', {})])).to.deep.equal([{ what: 'INSTANCE_NAME', text: '2 are named a' }]);
  });

  it('may be of two releases while a deployment is under way, and no longer', () => {
    expect(differencesTrouble([of('a', {}, '1'), of('b', {}, '2', 1000)])).to.equal(null);
    expect(differencesTrouble([of('a', {}, '1'), of('b', {}, '2')])?.cause).to.contain('differ in version');
    const names = differencesTrouble([of('host-7:1', { X: 1 }), of('host-8:1', { X: 2 })]);
    expect(names?.cause, '/readyz shows it to anybody').not.to.contain('host');
  });
});

onPostgres('The right to write instances', (database) => {
  it('is given by the migration to whoever may lead already', async () => {
    const role = `"leader ${process.pid}"`;
    await database().sql(`CREATE ROLE ${role}`);
    try {
      await database().sql(`GRANT SELECT, UPDATE ON leadership TO ${role}`);
      await database().sql('DROP TABLE instance');
      await database().sql(`DELETE FROM stagebell_migration WHERE name = '0004-instances'`);
      await migrate(database().database, database().db);
      const [row] = await database().sql(
        `SELECT has_table_privilege('${role.slice(1, -1)}', 'instance', 'SELECT, INSERT') AS may`,
      );
      expect(row).to.deep.equal({ may: true });
    } finally {
      await database().sql(`DROP OWNED BY ${role}`);
      await database().sql(`DROP ROLE ${role}`);
    }
  });
});
