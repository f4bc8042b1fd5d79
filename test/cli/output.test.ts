import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { embeddedFolder } from '../support/embedded-folder.ts';
import type { TemporaryFolder } from '../support/temporary.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a command prints is all there, or it says that it is not. */
describe('The output of a command', function () {
  this.timeout(60_000);
  let folder: TemporaryFolder;
  before(async () => {
    folder = await embeddedFolder();
  });
  after(() => folder.remove());

  it('is whole, however large and however slow its reader', async () => {
    const env = { PATH: process.env['PATH'], DATA_DIR: folder.path };
    const args = [MAIN, 'sql', `SELECT repeat('x', 3000000) AS x`];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let length = 0;
    child.stdout.on('data', (bytes: Buffer) => (length += bytes.length));
    const [code] = await once(child, 'close');
    expect([code, length]).to.deep.equal([0, '{"x":""}\n'.length + 3_000_000]);
  });

  it('that is an export and cannot be written is an error, and not the end of the matter', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const env = { PATH: process.env['PATH'], DATA_DIR: folder.path };
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'export'], { env, stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = await once(child, 'close');
    expect([code, said]).to.satisfy(([exit]: [number]) => exit === 1);
    expect(said).to.match(/export could not be written.*no space left.*incomplete/i);
  });
});
