import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { tryToWrite } from '../../src/db/schema/fitness.ts';
import { type DatabaseTrouble, troubleOf } from '../../src/db/troubles.ts';
import { onPostgres } from '../support/on-each.ts';

/** What would keep stages from moving in silence is an error before the first one is due. */
onPostgres('What the role of the service may do', (database) => {
  const role = `service_${process.pid}`;
  beforeEach(() =>
    database().sql(`DO $$ BEGIN
      CREATE ROLE ${role} LOGIN PASSWORD 'secret';
      GRANT SELECT, INSERT, UPDATE, DELETE ON assignment, stage TO ${role};
      GRANT SELECT, INSERT ON transition TO ${role};
      GRANT SELECT, UPDATE ON leadership, leader_alive TO ${role};
      GRANT SELECT, INSERT, UPDATE ON term TO ${role};
      GRANT SELECT ON stagebell_migration TO ${role};
    END $$`),
  );
  afterEach(async () => {
    await database().sql(`ALTER TABLE stage DISABLE ROW LEVEL SECURITY`);
    await database().sql(`DROP OWNED BY ${role}`);
    await database().sql(`DROP ROLE ${role}`);
  });

  /** What a service with this role would say; null: it can do its work. */
  async function trouble(): Promise<DatabaseTrouble | null> {
    const url = new URL(database().url);
    url.username = role;
    url.password = 'secret';
    const service = new PostgresDatabase(url.href, systemClock, silentLog);
    const db = service.openSession('test', 5000);
    try {
      await service.connect();
      await tryToWrite(db);
      return null;
    } catch (error) {
      return troubleOf(error);
    } finally {
      await db.close();
      await service.close();
    }
  }

  it('is enough with the grants of operations.md', async () => {
    expect(await trouble()).to.equal(null);
  });

  it('is not enough where row-level security hides rows, and that is said', async () => {
    await database().sql('ALTER TABLE stage ENABLE ROW LEVEL SECURITY');
    expect(await trouble()).to.deep.include({ part: 'rights', isBlocking: true, endsByItself: false });
    expect((await trouble())?.cause).to.contain('row-level security');
    await database().sql(`ALTER ROLE ${role} BYPASSRLS`);
    expect(await trouble()).to.equal(null);
  });

  for (const right of ['UPDATE ON stage', 'INSERT ON transition', 'UPDATE ON leadership', 'INSERT ON term']) {
    it(`is not enough without ${right}, which is named`, async () => {
      await database().sql(`REVOKE ${right} FROM ${role}`);
      expect((await trouble())?.cause).to.contain(right.replace('ON', 'on'));
    });
  }
});
