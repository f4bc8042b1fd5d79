import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { reachDatabase } from '../../src/instance/reach-database.ts';
import { recordingLog } from '../http/support.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

describe('A start that cannot go on', () => {
  let target: TestDatabase;
  beforeEach(async () => {
    target = await createDatabase();
  });
  afterEach(() => target.drop());

  /** What the first failure says: in /readyz, and in the log. */
  async function firstFailure(prepare: string, search = '') {
    const database = new PostgresDatabase(`${target.url}${search}`, systemClock, silentLog);
    const db = database.openSession('test', 5000);
    const log = recordingLog();
    const stop = new AbortController();
    let why = '';
    await database.connect().catch(() => {});
    if (prepare !== '') await db.query({ name: '', text: prepare });
    await reachDatabase({
      database,
      db,
      clock: systemClock,
      log,
      signal: stop.signal,
      onWaiting: (reason) => {
        why = reason;
        stop.abort();
      },
    });
    await db.close();
    await database.close();
    return { why, line: log.lines[0] };
  }

  it('names the migration that failed, its cause and its cure', async () => {
    const { why, line } = await firstFailure(
      'CREATE FUNCTION stage_notify() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$',
    );
    expect(why).to.equal('migration 0001-initial failed and was taken back');
    expect(line?.level).to.equal('error');
    expect(line?.fields).to.deep.include({ event: 'migration_failed', migration: '0001-initial', cause: why });
    expect(line?.fields.cure).to.contain('rename or drop it');
    expect(line?.fields.detail).to.contain('stage_notify').and.not.to.contain('BEGIN');
  });

  it('says that the search_path leads nowhere, and not "see the log"', async () => {
    const { why, line } = await firstFailure('', '?options=-csearch_path%3Dnone');
    expect(why).to.contain('no schema in the search_path exists');
    expect(line?.fields).to.include({ event: 'waiting', ends_by_itself: false });
  });
});
