import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { eventually } from '../support/wait.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('The package', function () {
  this.timeout(120_000);
  const folder = temporaryFolder('packed');
  const modules = join(folder.path, 'node_modules');
  const bin = join(modules, 'stagebell', 'src', 'stagebell.js');
  // As npm would: ours first, and the packages that it needs beside it.
  before(() => {
    const PATH = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`;
    execFileSync('npm', ['pack', '--pack-destination', folder.path], { cwd: ROOT, env: { ...process.env, PATH } });
    mkdirSync(modules);
    const file = readdirSync(folder.path).find((name) => name.endsWith('.tgz')) ?? '';
    execFileSync('tar', ['-xzf', join(folder.path, file), '-C', modules]);
    renameSync(join(modules, 'package'), join(modules, 'stagebell'));
    for (const name of readdirSync(join(ROOT, 'node_modules')))
      if (!['.bin', '.cache', 'node'].includes(name))
        symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  });
  after(() => folder.remove());

  it('runs from node_modules, where Node strips no types, with the embedded database', async () => {
    expect(execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' })).to.match(/^\d+\.\d+\.\d+\n$/);
    const port = await freePort();
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, NODE_ENV: 'test', PORT: String(port), DATA_DIR: join(folder.path, 'data') };
    const service = spawn(process.execPath, [bin, 'serve'], { env, stdio: 'ignore' });
    const exited = new Promise((resolve) => service.once('close', resolve));
    try {
      const isReady = async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).to.equal(200);
      await eventually(isReady, { timeoutMs: 60_000 });
    } finally {
      service.kill('SIGTERM');
    }
    expect(await exited).to.equal(0);
  });

  it('says in one line what an older Node lacks', function () {
    const old = '/usr/bin/node';
    const version = spawnSync(old, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    if (!/^v(1[4-9]|2[0-3])\./.test(version)) this.skip();
    const { status, stderr } = spawnSync(old, [bin, 'status'], { encoding: 'utf8', env: {} });
    expect(status).to.equal(2);
    expect(stderr).to.match(/^stagebell: needs Node 24, and this is .*\n$/);
  });
});
