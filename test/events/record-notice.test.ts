import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { RECORD_GREW } from '../../src/db/names.ts';
import { Hearing } from '../support/hearing.ts';
import { Migrated } from '../support/migrated.ts';
import { type StagebellProcess, startServe } from '../support/processes.ts';

describe('An instance that leads', () => {
  let database: Migrated;
  let instance: StagebellProcess;
  before(async function () {
    this.timeout(60_000);
    database = await Migrated.postgres();
    instance = await startServe({ DATABASE_URL: database.url });
    await instance.ready();
  });
  after(async () => {
    await instance.stop();
    await database.close();
  });

  it('tells all that the record grew, once its advance has committed, and each pulse where the record ends', async function () {
    this.timeout(30_000);
    const hearing = new Hearing(database.database);
    await hearing.listening(1);
    const inMs = systemClock.wallMs() + 500;
    await database.sql(
      `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'soon', to_timestamp($2::float8 / 1000))`,
      [database.assignment, inMs],
    );
    await hearing.until(`edit ${inMs}`);
    await hearing.until(RECORD_GREW);
    const [row] = await database.sql<{ id: string }>('SELECT max(id)::text AS id FROM transition');
    expect(row?.id).to.be.a('string');
    await hearing.untilSome((said) => said.startsWith('pulse') && said.endsWith(` ${row?.id}`));
    await hearing.close();
  });
});
