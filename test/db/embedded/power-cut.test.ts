import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { silentLog } from '../../../src/base/log.ts';
import { PgliteDatabase } from '../../../src/db/embedded/pglite.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';

const LOSSY = new URL('../../support/lossy-disk.ts', import.meta.url).href;
const STORES = fileURLToPath(new URL('./stores.ts', import.meta.url));

/** The power goes at some write; see support/lossy-disk.ts for what a disk has lost then. */
describe('An embedded database whose machine loses its power', function () {
  this.timeout(120_000);

  /** @returns what was acknowledged, and what is there afterwards; null where the folder cannot be opened */
  async function cut(isDurable: boolean, atWrite: number) {
    const folder = await embeddedFolder();
    const env = { ...process.env, LOSE_IN: folder.path, LOSE_AT_WRITE: String(atWrite), LOSE_SEED: String(atWrite) };
    const args = [`--import=${LOSSY}`, STORES, folder.path, String(isDurable)];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [, signal] = await once(child, 'close');
    expect(signal).to.equal('SIGKILL');
    const database = new PgliteDatabase(folder.path, silentLog);
    try {
      await database.connect();
      const rows = await database.query<{ no: number }>({
        name: '',
        text: `SELECT substr(title, 4)::int AS no FROM assignment WHERE title LIKE 'no %' ORDER BY 1`,
      });
      return { acknowledged: said.split('\n').length - 1, there: rows.map(({ no }) => no) };
    } catch {
      return { acknowledged: said.split('\n').length - 1, there: null };
    } finally {
      await database.close();
      folder.remove();
    }
  }
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  it('has everything that it acknowledged', async () => {
    const { acknowledged, there } = await cut(true, 800);
    expect(acknowledged).to.be.above(0);
    // One more may have been stored and not acknowledged.
    expect(there?.slice(0, acknowledged)).to.deep.equal(upTo(acknowledged));
  });

  it('loses what it acknowledged with DATA_SYNC=false, which shows that the disk here does lose something', async () => {
    const { acknowledged, there } = await cut(false, 501);
    expect(there?.length ?? -1).to.be.below(acknowledged);
  });
});
