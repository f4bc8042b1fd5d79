import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { SchemaError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { MIGRATIONS_TABLE } from '../../src/db/names.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate, readSchemaState } from '../../src/db/schema/schema.ts';
import { Hearing } from '../support/hearing.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { runProcess } from '../support/processes.ts';

const ALL = [
  '0001-initial',
  '0002-side-by-side',
  '0003-any-deployment',
  '0004-instances',
  '0005-stuck',
  '0006-succession',
  '0007-changes',
  '0008-webhooks',
  '0009-alerts',
  '0010-keys',
  '0011-calendar',
];

describe('The schema', () => {
  let empty: TestDatabase;
  const open: { close(): Promise<void> }[] = [];
  beforeEach(async () => {
    empty = await createDatabase();
  });
  afterEach(async () => {
    for (const { close } of open.splice(0)) await close();
    await empty.drop();
  });

  async function connect(url = empty.url) {
    const database = new PostgresDatabase(url, systemClock, silentLog);
    const db = database.openSession('test', 30_000);
    open.push({ close: () => db.close() }, { close: () => database.close() });
    await database.connect();
    return { database, db, sql: (text: string) => db.query<Record<string, unknown>>({ name: '', text }) };
  }

  it('is behind in an empty database, current after migrate, and migrating again does nothing', async () => {
    const { database, db } = await connect();
    expect(await readSchemaState(db)).to.deep.equal({ kind: 'behind', missing: ALL });
    expect(await migrate(database, db)).to.deep.equal(ALL);
    expect(await readSchemaState(db)).to.deep.equal({ kind: 'current' });
    expect(await migrate(database, db)).to.deep.equal([]);
  });

  it('is made once when four instances migrate at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => connect()));
    const applied = await Promise.all(all.map(({ database, db }) => migrate(database, db)));
    expect(applied.flat()).to.deep.equal(ALL);
  });

  it('is made once when two processes migrate at once', async function () {
    this.timeout(30_000);
    const runs = await Promise.all([1, 2].map(() => runProcess(['migrate'], { DATABASE_URL: empty.url })));
    for (const { code, stderr } of runs) expect(code, stderr).to.equal(0);
    expect(runs.map(({ stdout }) => stdout).sort()).to.deep.equal([
      `Applied ${ALL.join(', ')}.\n`,
      'The schema is current.\n',
    ]);
  });

  it('of a newer release is refused, and left alone', async () => {
    const { database, db, sql } = await connect();
    await migrate(database, db);
    await sql(`INSERT INTO ${MIGRATIONS_TABLE} (name) VALUES ('0099-from-the-future')`);
    let refusal: unknown;
    await migrate(database, db).catch((error) => {
      refusal = error;
    });
    expect(refusal).to.be.instanceOf(SchemaError).with.property('message').that.includes('0099-from-the-future');
    expect(await readSchemaState(db)).to.deep.equal({ kind: 'newer', unknown: ['0099-from-the-future'] });
  });

  it('is refused at once if somebody else has tables with its names, and they are left alone', async () => {
    const { database, db, sql } = await connect();
    await sql('CREATE TABLE stage (venue text)');
    await sql('CREATE VIEW assignment AS SELECT venue FROM stage');
    const refusal = await migrate(database, db).catch((error) => error);
    expect(refusal).to.be.instanceOf(SchemaError).with.property('message').that.includes('a table named stage');
    expect(refusal).to.have.property('message').that.includes('a view named assignment').and.includes('CREATE SCHEMA');
    expect(await sql(`SELECT to_regclass('leadership') AS leadership`)).to.deep.equal([{ leadership: null }]);
  });

  it('is all there or not at all: a migration that fails leaves nothing', async () => {
    const { database, db, sql } = await connect();
    // The last script of the migration stumbles over a name that is taken.
    await sql('CREATE FUNCTION stage_notify() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$');
    let failure = '';
    await migrate(database, db).catch((error) => {
      failure = String(error);
    });
    expect(failure).to.include('stage_notify');
    expect(await sql(`SELECT to_regclass('stage') AS stage`)).to.deep.equal([{ stage: null }]);
    await sql('DROP FUNCTION stage_notify()');
    expect(await migrate(database, db)).to.deep.equal(ALL);
  });

  it('is refused at once where the name of its schema has a dot, which MikroORM takes for two names', async () => {
    const { sql } = await connect();
    await sql('CREATE SCHEMA "a.b"');
    const url = new URL(empty.url);
    url.searchParams.set('options', '-c search_path="a.b"');
    const { database, db } = await connect(url.href);
    const refusal = await migrate(database, db).catch((error) => error);
    expect(refusal).to.be.instanceOf(SchemaError).with.property('message').that.includes('ALTER SCHEMA');
  });

  it('lives in the default schema of its connection, whatever that is called, and hears of no other', async function () {
    this.timeout(60_000);
    const { sql } = await connect();
    const all: Hearing[] = [];
    const schemas = ['course-a', 'course_a', 'Green Team', `q'uote`, 'Ünï', 'x'.repeat(63)];
    for (const schema of schemas) {
      await sql(`CREATE SCHEMA "${schema}"`);
      const url = new URL(empty.url);
      // libpq's options are words: a space inside one is escaped.
      url.searchParams.set('options', `-c search_path="${schema.replaceAll(' ', '\\ ')}"`);
      const { database, db, sql: within } = await connect(url.href);
      expect(await migrate(database, db), schema).to.deep.equal(ALL);
      const hearing = new Hearing(database);
      open.unshift({ close: () => hearing.close() });
      await hearing.listening(1);
      all.push(hearing);
      await within(`INSERT INTO assignment (title) VALUES ('one')`);
      await within(`INSERT INTO stage (assignment_id, name, start_date) SELECT id, 'x', '2001-01-01Z' FROM assignment`);
      await within(`UPDATE stage SET end_date = '2100-01-01Z'`);
      await hearing.until(`edit ${Date.UTC(2100, 0)}`);
      expect(await within('SELECT to_status FROM transition')).to.deep.equal([{ to_status: 'active' }]);
    }
    for (const [i, { heard }] of all.entries()) {
      expect(
        heard.filter((said) => said.startsWith('edit')),
        schemas[i],
      ).to.have.length(1);
    }
    expect(await sql(`SELECT to_regclass('public.stage') AS stage`)).to.deep.equal([{ stage: null }]);
  });
});
