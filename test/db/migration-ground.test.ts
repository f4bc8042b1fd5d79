import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { SchemaError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { troubleOf } from '../../src/db/troubles.ts';
import { runCommand } from '../support/command.ts';
import { clusterUrl, createDatabase, runAt, type TestDatabase } from '../support/postgres.ts';
import { createMigrated } from '../support/template.ts';

/** What would keep a migration from succeeding is said before it begins, by the service and by doctor, with its cure. */
describe('The ground of a migration', () => {
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function given(made: TestDatabase): Promise<TestDatabase> {
    undo.push(() => made.drop());
    return made;
  }
  /** @returns what `migrate` throws, and what doctor says */
  async function refusal(url: string): Promise<{ error: unknown; doctor: string }> {
    const database = new PostgresDatabase(url, systemClock, silentLog);
    const db = database.openSession('test', 5000);
    await database.connect();
    const error = await migrate(database, db).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    await db.close();
    await database.close();
    const { stdout } = await runCommand(['doctor'], { DATABASE_URL: url });
    return { error, doctor: stdout };
  }
  async function role(name: string): Promise<string> {
    const unique = `${name}_${process.pid}`;
    await runAt(await clusterUrl(), `CREATE ROLE ${unique} LOGIN`);
    undo.unshift(async () => runAt(await clusterUrl(), `DROP ROLE ${unique}`));
    return unique;
  }
  const withUser = (url: string, user: string): string => {
    const other = new URL(url);
    other.username = user;
    return other.href;
  };

  it('is refused where the database cannot hold every name', async () => {
    const cluster = await clusterUrl();
    const name = `latin_${process.pid}`;
    await runAt(cluster, `CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    undo.push(() => runAt(cluster, `DROP DATABASE ${name} WITH (FORCE)`));
    const url = new URL(cluster);
    url.pathname = `/${name}`;
    const { error, doctor } = await refusal(url.href);
    expect(error).to.be.instanceOf(SchemaError).with.property('message').that.contains("ENCODING 'UTF8'");
    expect(doctor).to.match(/^FAIL {2}schema .*LATIN1/m);
  });

  it('is reported as read-only before anything is tried', async () => {
    const { name, url } = await given(await createDatabase());
    await runAt(await clusterUrl(), `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const { error, doctor } = await refusal(url);
    expect(troubleOf(error)).to.include({ part: 'read_only', detail: 'transaction_read_only is on' });
    expect(doctor).to.match(/^FAIL {2}schema .*read-only/m);
  });

  it('is reported to lack CREATE, with the grant', async () => {
    const { url } = await given(await createDatabase());
    const owner = await role('no_create');
    const { error, doctor } = await refusal(withUser(url, owner));
    expect(troubleOf(error)).to.include({ part: 'rights', endsByItself: false });
    expect(troubleOf(error)?.cure).to.contain(`GRANT CREATE ON SCHEMA "public" TO "${owner}"`);
    expect(doctor).to.match(/^FAIL {2}schema .*may not create tables.*GRANT CREATE/m);
  });

  it('is the owner’s where the tables are of an earlier release', async () => {
    const { url } = await given(await createMigrated());
    const lesser = await role('lesser');
    await runAt(
      url,
      `DELETE FROM stagebell_migration WHERE name = '0005-stuck'; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${lesser}`,
    );
    undo.push(() => runAt(url, `DROP OWNED BY ${lesser}`));
    const { error, doctor } = await refusal(withUser(url, lesser));
    expect(troubleOf(error)?.cure).to.contain('rights of the owner');
    expect(doctor).to.match(/^FAIL {2}schema .*only the owner/m);
  });

  it('that was renamed after the migration is named by doctor, and mended by its cure', async () => {
    const { url } = await given(await createMigrated());
    await runAt(url, 'ALTER SCHEMA public RENAME TO course');
    const moved = new URL(url);
    moved.searchParams.set('options', '-c search_path=course');
    const { stdout } = await runCommand(['doctor'], { DATABASE_URL: moved.href });
    expect(stdout).to.match(/^FAIL {2}writes .*was renamed or dropped .*"public".*ALTER SCHEMA/m);
    await runAt(url, 'ALTER SCHEMA course RENAME TO public');
    expect((await runCommand(['doctor'], { DATABASE_URL: url })).stdout).to.match(/^ok {4}writes/m);
  });
});
