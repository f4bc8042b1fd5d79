import { expect } from 'chai';
import type { Json } from '../../http/support.ts';
import { runCommand } from '../../support/command.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';
import { startServe } from '../../support/processes.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { eventually } from '../../support/wait.ts';

/** The embedded database on a disk that becomes full: real files, a real service. */
describe('A disk of an embedded database that is full', function () {
  this.timeout(120_000);
  /** What fits beside the database: so much that its log, which a checkpoint frees, is more than what it may recover by. */
  const ROOM_MB = 24;

  function mounted(test: Mocha.Context, megabytes: number): SmallDisk {
    const disk = SmallDisk.mount(megabytes);
    if (disk === null) console.log('      no small file system can be mounted here: that takes root');
    return disk ?? test.skip();
  }

  it('at the very first start is reported at once, with what to do', async function () {
    const disk = mounted(this, 20);
    try {
      const first = await runCommand(['migrate'], { DATA_DIR: disk.path });
      expect([first.code, first.stderr]).to.satisfy(([code, text]: [number, string]) => code === 1 && text !== '');
      expect(first.stderr).to.match(/needs \d+ MB, but only \d+ MB are free.*DATA_DIR/);
      disk.fill();
      const full = await runCommand(['migrate'], { DATA_DIR: disk.path });
      expect([full.code, full.stderr]).to.satisfy(([code]: [number]) => code === 1);
      expect(full.stderr).to.match(/disk is full. Make room.*DATA_DIR/);
    } finally {
      disk.remove();
    }
  });

  it('refuses edits while bells still ring, stops, heals when there is room, and ends when it is asked to', async function () {
    const disk = mounted(this, 160);
    try {
      await embeddedFolder(disk.path);
      disk.leave(ROOM_MB);
      const service = await (await startServe({ DATA_DIR: disk.path })).ready(60_000);
      const post = async (stages: object[]) => {
        const body = JSON.stringify({ title: 'x'.repeat(150), stages });
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${service.url}/v1/assignments`, { method: 'POST', headers, body });
        return { status: answer.status, body: (await answer.json()) as Json };
      };
      const bells = [1, 2].map((n) => ({ name: 'bell', start_date: new Date(Date.now() + n * 6000).toISOString() }));
      const { body: rung } = await post(bells);
      const many = Array.from({ length: 100 }, () => ({ name: 'x'.repeat(150) }));
      let refused = await post(many);
      while (refused.status === 201) refused = await post(many);
      expect([refused.status, refused.body.code]).to.deep.equal([503, 'disk_full']);
      expect(refused.body.detail).to.match(/make room/i);
      expect((await fetch(`${service.url}/livez`)).status).to.equal(200);
      expect(await (await fetch(`${service.url}/readyz`)).text()).to.match(/disk/);
      const statuses = async () =>
        Promise.all(
          rung.stages.map(async ({ id }: { id: string }) => {
            const { status } = (await (await fetch(`${service.url}/v1/stages/${id}`)).json()) as { status: string };
            return status;
          }),
        );
      await eventually(async () => expect((await statuses())[0]).to.equal('active'), { timeoutMs: 20_000 });
      disk.fill();
      await service.waitForLog(({ event, msg }) => event === 'degraded_on' && /nothing is written/.test(String(msg)));
      expect((await post([])).status).to.equal(503);
      expect((await fetch(`${service.url}/v1/stages?limit=1`)).status).to.equal(200);
      disk.free();
      await eventually(async () => expect((await fetch(`${service.url}/readyz`)).status).to.equal(200), {
        timeoutMs: 30_000,
      });
      await eventually(async () => expect(await statuses()).to.deep.equal(['active', 'active']), { timeoutMs: 20_000 });
      expect((await post([])).status).to.equal(201);
      disk.fill();
      expect(await service.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    } finally {
      disk.remove();
    }
  });
});
