import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { StagebellError, UnusableFolderError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { DataFolderLock } from '../../src/db/embedded/data-folder.ts';
import { inspectFolder } from '../../src/db/embedded/inspect-folder.ts';
import { PgliteDatabase } from '../../src/db/embedded/pglite.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { runCommand } from '../support/command.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { startServe } from '../support/processes.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const NOBODY = 65534;
const INSPECT = new URL('../../src/db/embedded/inspect-folder.ts', import.meta.url).href;

/** The embedded database in a folder: it keeps what it was given, for one process at a time. */
describe('The data folder of PgliteDatabase', function () {
  this.timeout(120_000);
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
    const folder = await embeddedFolder();
    const env = { DATA_DIR: folder.path };
    const first = await (await startServe(env)).ready(60_000);
    const refused = await runCommand(['migrate'], env);
    expect(refused.code).to.equal(1);
    expect(refused.stderr)
      .to.match(/^stagebell: /m)
      .and.include(folder.path)
      .and.include(`pid ${first.pid}`);
    expect(refused.stderr).to.include('DATA_DIR').and.include('DATABASE_URL');
    expect(refused.stderr.trim().split('\n'), 'which database, and one line, no stack').to.have.length(2);
    await first.kill9();
    const next = await runCommand(['migrate'], env);
    expect(next, next.stderr).to.include({ code: 0, stdout: 'The schema is current.\n' });
    folder.remove();
  });

  it('is refused by another path, and named as taken where locks do not hold', () => {
    const [path, link] = [join(folder.path, 'locked'), join(folder.path, 'link')];
    const lock = new DataFolderLock(path);
    symlinkSync(path, link);
    expect(() => new DataFolderLock(link)).to.throw(UnusableFolderError, `in use by another Stagebell process (pid`);
    expect(lock.loss).to.equal(null);
    writeFileSync(join(path, 'owner'), 'pid 4711\nhost elsewhere\n');
    expect(lock.loss).to.include('pid 4711').and.include('does not enforce locks');
    lock.release();
    expect(readdirSync(path), 'what is another one’s stays').to.include('owner');
  });

  it('that was copied while it was in use is refused, and a copy of a clean one is not', () => {
    const [from, to] = [join(folder.path, 'original'), join(folder.path, 'copy')];
    const lock = new DataFolderLock(from);
    cpSync(from, to, { recursive: true });
    expect(() => new DataFolderLock(to)).to.throw(UnusableFolderError, /is a copy .* delete .*owner/);
    lock.release();
    cpSync(from, join(folder.path, 'clean'), { recursive: true });
    new DataFolderLock(join(folder.path, 'clean')).release();
  });

  it('that cannot be written is named', () => {
    const notAFolder = join(folder.path, 'file');
    writeFileSync(notAFolder, '');
    expect(() => new PgliteDatabase(notAFolder, silentLog)).to.throw(StagebellError, notAFolder);
  });

  it("is nobody else's to read", () => {
    for (const path of [folder.path, join(folder.path, 'pglite')]) {
      expect((statSync(path).mode & 0o777).toString(8), path).to.equal('700');
    }
  });

  it("with a lock file of somebody else's is not called in use", () => {
    const other = temporaryFolder('junk');
    writeFileSync(join(other.path, 'lock.sqlite'), 'not a database, and long enough to be looked at'.repeat(30));
    writeFileSync(join(other.path, 'owner'), 'pid 1\n');
    expect(() => new PgliteDatabase(other.path, silentLog))
      .to.throw(StagebellError, 'delete that file')
      .and.not.match(/in use/);
    other.remove();
  });

  it('that was removed or renamed under a service ends it, in words', async () => {
    const moved = await embeddedFolder();
    const service = await (await startServe({ DATA_DIR: moved.path })).ready(60_000);
    renameSync(moved.path, `${moved.path}-elsewhere`);
    const refused = await service.waitForLog('refused', 30_000);
    expect(refused['error']).to.include(moved.path).and.include('removed, renamed or replaced');
    expect(await service.exited).to.deep.equal({ code: 1, signal: null });
    rmSync(`${moved.path}-elsewhere`, { recursive: true });
  });
});

/** What is not a whole database of ours is refused at once, in words, and nothing of it is touched. */
describe('A data folder that cannot be opened', function () {
  this.timeout(120_000);
  const DAMAGE: Record<string, [words: RegExp, damage: (pglite: string) => void]> = {
    'of another major version': [
      /PostgreSQL 16.*export/s,
      (pglite) => writeFileSync(join(pglite, 'PG_VERSION'), '16\n'),
    ],
    'with a control file that is cut off': [
      /pg_control is cut off/,
      (pglite) => truncateSync(join(pglite, 'global/pg_control'), 100),
    ],
    'without its log': [/pg_wal, is empty/, (pglite) => removeLog(pglite)],
    'without its tables': [/base is missing/, (pglite) => rmSync(join(pglite, 'base'), { recursive: true })],
    'with a map of its tables that is cut off': [
      /PostgreSQL says:/,
      (pglite) => truncateSync(join(pglite, 'global/pg_filenode.map'), 10),
    ],
    'that is a file': [
      /ENOTDIR/,
      (pglite) => {
        rmSync(pglite, { recursive: true });
        writeFileSync(pglite, 'no folder');
      },
    ],
  };
  for (const [what, [words, damage]] of Object.entries(DAMAGE)) {
    it(what, async () => {
      const folder = await embeddedFolder();
      damage(join(folder.path, 'pglite'));
      const database = new PgliteDatabase(folder.path, silentLog);
      const error = await database.connect().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      await database.close();
      folder.remove();
      expect(error).to.be.instanceOf(UnusableFolderError);
      expect((error as Error).message)
        .to.match(words)
        .and.match(/Restore|Run stagebell export|Give the folder/);
    });
  }

  it('because one file in it is not ours is named with the cure', async () => {
    const folder = await embeddedFolder();
    const [pglite, making] = [join(folder.path, 'pglite'), join(folder.path, 'making')];
    const isRoot = process.getuid?.() === 0;
    chmodSync(folder.path, 0o755);
    chmodSync(join(pglite, 'base/1/PG_VERSION'), 0);
    if (isRoot) {
      for (const name of ['.', ...readdirSync(pglite, { recursive: true, encoding: 'utf8' })])
        if (!name.endsWith('base/1/PG_VERSION')) chownSync(join(pglite, name), NOBODY, NOBODY);
    }
    // For root nothing is forbidden: another process asks, which is nobody.
    const program = `import { inspectFolder } from '${INSPECT}';
      try { inspectFolder(...${JSON.stringify([folder.path, pglite, making])}); } catch (error) { console.log(error.message); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });
    folder.remove();
    expect(stdout).to.match(/base\/1\/PG_VERSION.*chown -R/s);
  });

  it('because its first start was cut off is made anew', () => {
    const folder = temporaryFolder('cut-off');
    const [pglite, making] = [join(folder.path, 'pglite'), join(folder.path, 'making')];
    mkdirSync(pglite);
    writeFileSync(join(pglite, 'PG_VERSION'), '18\n');
    expect(() => inspectFolder(folder.path, pglite, making)).to.throw(UnusableFolderError, 'is missing');
    writeFileSync(making, '');
    expect(inspectFolder(folder.path, pglite, making)).to.equal('new');
    folder.remove();
  });
});

function removeLog(pglite: string): void {
  for (const name of readdirSync(join(pglite, 'pg_wal'))) {
    if (/^[0-9A-F]{24}$/.test(name)) rmSync(join(pglite, 'pg_wal', name));
  }
}
