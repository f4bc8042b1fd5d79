import { expect } from 'chai';
import { Cluster } from '../support/cluster.ts';
import { startServe } from '../support/processes.ts';
import { expectSound } from '../support/record.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { eventually } from '../support/wait.ts';

interface SchedulerView {
  role: string;
  leader: { instance: string } | null;
  armed: { instants: number };
}

describe('shapes of a deployment', () => {
  it('embedded: nothing configured; what was missed while it was down is caught up', async function () {
    this.timeout(120_000);
    const folder = temporaryFolder('data');
    const start = async () => (await startServe({ DATA_DIR: folder.path, AUTH: undefined })).ready(60_000);
    const first = await start();
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const write = async (method: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(first.url + path, { method, headers, body: JSON.stringify(body) })).json();
    };
    const created = await write('POST', '/v1/assignments', {
      title: 'a',
      stages: [{ name: 's', start_date: at(1000) }],
    });
    const path = `/v1/stages/${(created as { stages: { id: string }[] }).stages[0]?.id}`;
    const history = async (url: string) =>
      ((await (await fetch(`${url}${path}/transitions`)).json()) as { items: { cause: string }[] }).items;
    await eventually(async () => expect(await history(first.url)).to.have.length(1));
    // So soon that it is due while nothing runs, and not before.
    const end = at(1000);
    await write('PATCH', path, { end_date: end });
    await first.kill9();
    await eventually(() => expect(Date.now(), 'the end has passed').to.be.above(Date.parse(end)));
    const second = await start();
    await eventually(
      async () => expect((await history(second.url)).map((t) => t.cause)).to.deep.equal(['timer', 'sweep']),
      { timeoutMs: 8000 },
    );
    await second.stop();
  });

  it('one server: a later process takes the term, the first stands by, loudly, and takes over again when it can', async () => {
    const cluster = await Cluster.start({ instances: 1, redis: 0 });
    const first = (await cluster.leader()).process;
    const second = await cluster.startInstance('second');
    await first.waitForLog((line) => line.event === 'leadership_lost' && (line.level ?? 0) >= 40);
    await cluster.stage('s', `now() + interval '200 ms'`, 'NULL', 100);
    const rows = await cluster.recorded('s', 100);
    expect(new Set(rows.map((row) => row.instance))).to.deep.equal(new Set(['second']));
    await second.stop('SIGTERM');
    await eventually(async () => expect((await cluster.leader()).name).to.equal('i1'));
    const third = await cluster.startInstance('third');
    await eventually(async () => expect((await cluster.leader()).name).to.equal('third'));
    await third.kill9();
    await eventually(async () => expect((await cluster.leader()).name).to.equal('i1'), { timeoutMs: 8000 });
    await expectSound(cluster);
    await cluster.stop();
  });

  it('many: web dynos never lead, clock dynos serve nothing but their health', async () => {
    const cluster = await Cluster.start({ instances: 1, env: { ROLE: 'clock' } });
    const { name, process: clock } = await cluster.leader();
    expect(name).to.equal('i1');
    const web = await cluster.startInstance('web', { ROLE: 'web' });
    expect((await cluster.get<SchedulerView>(web, '/v1/scheduler')).role).to.equal('none');
    expect((await fetch(`${clock.url}/v1/stages`)).status).to.equal(404);
    expect((await fetch(`${clock.url}/metrics`)).status).to.equal(200);
    const created = await fetch(`${web.url}/v1/assignments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        title: 'a',
        stages: [{ name: 'split', start_date: new Date(Date.now() + 2000).toISOString() }],
      }),
    });
    expect(created.status).to.equal(201);
    const [row] = await cluster.recorded('split', 1);
    expect([row?.instance, row?.cause]).to.deep.equal(['i1', 'timer']);
    // Whoever made a transition counts it; what plain SQL made, the leader.
    await cluster.stage('now', `now() - interval '1 s'`, 'NULL', 3);
    await fetch(`${web.url}/v1/stages/${row?.stage_id}/complete`, { method: 'POST' });
    const counted = async (url: string) =>
      (await (await fetch(`${url}/metrics`)).text()).match(/^stagebell_transitions_total\{.*\} [1-9].*$/gm);
    expect(await counted(clock.url)).to.have.members([
      'stagebell_transitions_total{cause="timer",to="active"} 1',
      'stagebell_transitions_total{cause="edit",to="active"} 3',
    ]);
    expect(await counted(web.url)).to.have.members(['stagebell_transitions_total{cause="edit",to="completed"} 1']);
    await clock.kill9();
    await eventually(async () => expect((await fetch(`${web.url}/readyz`)).status, 'nobody leads').to.equal(503), {
      timeoutMs: 8000,
    });
    await cluster.stop();
  });
});
