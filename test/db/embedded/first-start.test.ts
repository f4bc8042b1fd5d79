import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startServe } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { eventually } from '../../support/wait.ts';

/** From no folder to the first answer, with a crash in the middle of it. */
describe('The first start of an embedded database', function () {
  this.timeout(180_000);

  it('answers 503 `starting` until it is ready, says `listening` then, and begins again after it was killed', async () => {
    const folder = temporaryFolder('first');
    const env = { DATA_DIR: join(folder.path, 'data') };
    const killed = await startServe(env);
    await eventually(() => expect(existsSync(join(env.DATA_DIR, 'making'))).to.equal(true), { timeoutMs: 60_000 });
    await killed.kill9();
    const service = await startServe(env);
    await service.waitForLog('answering', 60_000);
    const early = await fetch(`${service.url}/v1/stages`);
    const { code, detail } = (await early.json()) as { code: string; detail: string };
    expect([early.status, code, early.headers.get('retry-after')]).to.deep.equal([503, 'starting', '1']);
    expect(detail).to.include('try again');
    expect((await fetch(`${service.url}/livez`)).status).to.equal(200);
    expect(await (await fetch(`${service.url}/readyz`)).text()).to.include('starting');
    expect(service.lines.some(({ event }) => event === 'listening')).to.equal(false);
    const { host, port } = await service.waitForLog('listening', 120_000);
    expect((await fetch(`http://${host}:${port}/v1/stages`)).status).to.equal(200);
    expect(existsSync(join(env.DATA_DIR, 'making'))).to.equal(false);
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null });
    expect(existsSync(join(env.DATA_DIR, 'owner'))).to.equal(false);
    folder.remove();
  });
});
