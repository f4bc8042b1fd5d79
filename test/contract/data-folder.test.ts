import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { StagebellError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { PgliteDatabase } from '../../src/db/pglite.ts';
import { migrate } from '../../src/db/schema.ts';
import { runCommand, startServe } from '../support/processes.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

/** The embedded database in a folder: it keeps what it was given, for one process at a time. */
describe('The data folder of PgliteDatabase', function () {
  this.timeout(60_000);
  let folder: TemporaryFolder;
  before(() => {
    folder = temporaryFolder('data');
  });
  after(() => folder.remove());

  it('keeps everything over a close', async () => {
    for (const expected of [1, 2]) {
      const database = new PgliteDatabase(folder.path, silentLog);
      await database.connect();
      const db = database.openSession();
      expect((await migrate(database, db)).length > 0, 'migrated').to.equal(expected === 1);
      await db.query({ name: '', text: `INSERT INTO assignment (title) VALUES ('kept')` });
      expect(await db.query({ name: '', text: 'SELECT FROM assignment' })).to.have.length(expected);
      await database.close();
    }
  });

  it('is refused to a second one in the same process', async () => {
    const first = new PgliteDatabase(folder.path, silentLog);
    expect(() => new PgliteDatabase(folder.path, silentLog)).to.throw(StagebellError, 'in use');
    await first.close();
    await new PgliteDatabase(folder.path, silentLog).close();
  });

  it('is refused to a second process, in words that say what to do, and is free again after kill -9', async () => {
    const env = { DATA_DIR: folder.path };
    const first = await (await startServe(env)).ready();
    const refused = await runCommand(['migrate'], env);
    expect(refused.code).to.equal(1);
    expect(refused.stderr)
      .to.match(/^stagebell: /)
      .and.include(folder.path)
      .and.include(`pid ${first.pid}`);
    expect(refused.stderr).to.include('DATA_DIR').and.include('DATABASE_URL');
    expect(refused.stderr.trim().split('\n'), 'one line, no stack').to.have.length(1);
    await first.kill9();
    const next = await runCommand(['migrate'], env);
    expect(next, next.stderr).to.include({ code: 0, stdout: 'The schema is current.\n' });
  });

  it('that cannot be written is named', () => {
    const notAFolder = join(folder.path, 'file');
    writeFileSync(notAFolder, '');
    expect(() => new PgliteDatabase(notAFolder, silentLog)).to.throw(StagebellError, notAFolder);
  });
});
