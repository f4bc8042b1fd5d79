import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type * as Client from '../../src/client/index.ts';
import { buildClient } from '../support/client.ts';
import { Cluster } from '../support/cluster.ts';
import { forSuite } from '../support/suite.ts';
import { eventually } from '../support/wait.ts';

const at = (file: string): string => new URL(`../../docs/examples/${file}`, import.meta.url).href;

/** As a reader runs them: against the service, with the client that is published. */
describe('The examples', function () {
  this.timeout(60_000);
  const cluster = forSuite(
    () => Cluster.start({ instances: 2, redis: 0, env: { WEBHOOK_ALLOW: '127.0.0.0/8' } }),
    (made) => made.stop(),
  );
  let url: string[];
  let stagebell: Client.Stagebell;
  const servers = new Set<Server>();
  before(async () => {
    await buildClient();
    const { createClient }: typeof Client = await import(new URL('../../dist/client/index.js', import.meta.url).href);
    url = [...cluster.instances.values()].map((instance) => instance.url);
    stagebell = createClient({ url });
  });
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  const listen = async (server: Server): Promise<string> => {
    servers.add(server);
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const assignment = async () => {
    const made = await stagebell.createAssignment({ body: { title: 'Essay', stages: [{ name: 'Draft' }] } });
    return { id: made.id, stage: { params: { id: made.stages[0]?.id ?? '' } } };
  };

  it('live-page.js shows each status as it changes, also when the instance behind it has died', async () => {
    const { livePage } = await import(at('live-page.js'));
    const { id, stage } = await assignment();
    const page = await listen(livePage({ url, assignment: id }));
    expect(await (await fetch(page)).text()).to.match(/EventSource\('\/live'\)/);
    const { body } = await fetch(`${page}/live`);
    let shown = '';
    const reading = (async () => {
      for await (const chunk of body ?? [])
        shown = `${shown}${Buffer.from(chunk)}`.split('\n\n').slice(-2).join('\n\n');
    })().catch(() => {});
    const shows = (status: string) => eventually(() => expect(shown).to.contain(`"status":"${status}"`));
    await shows('pending');
    await stagebell.activateStage(stage);
    await shows('active');
    await cluster.instances.get('i1')?.kill9();
    await stagebell.completeStage(stage);
    await eventually(() => shows('completed'), { timeoutMs: 15_000 });
    await cluster.startInstance('i1');
    servers.values().next().value?.closeAllConnections();
    await reading;
  });

  it('stage-gate.js opens a route while a stage is active', async () => {
    const { stageGate } = await import(at('stage-gate.js'));
    const { stage } = await assignment();
    const gate = stageGate({ url });
    try {
      const app = express().get('/', gate.whileActive(stage.params.id), (_, response) => void response.end('open'));
      const route = await listen(app.listen(0, '127.0.0.1'));
      const answers = (status: number) => eventually(async () => expect((await fetch(route)).status).to.equal(status));
      await answers(403);
      await stagebell.activateStage(stage);
      await answers(200);
      await stagebell.completeStage(stage);
      await answers(410);
    } finally {
      gate.close();
    }
  });

  it('webhook-receiver.js handles each event once, and nothing that is not signed', async () => {
    const { webhookReceiver } = await import(at('webhook-receiver.js'));
    const { stage, id } = await assignment();
    const seen: string[] = [];
    const handle = ({ type }: Client.Event): unknown => seen.push(type);
    const secrets: string[] = [];
    const receiver = await listen(webhookReceiver({ secret: secrets, handle }));
    const { secret } = await stagebell.createWebhook({ body: { url: receiver, assignment_id: id } });
    secrets.push(secret ?? '');
    await stagebell.activateStage(stage);
    await eventually(() => expect(seen.toSorted()).to.deep.equal(['stage.activated', 'stage.edited']));
    expect((await fetch(receiver, { method: 'POST', body: '{}' })).status).to.equal(400);
  });

  it('writer.sql moves dates, and stands on the record with who and why', async () => {
    const body = {
      title: 'Essay',
      stages: [
        { external_id: 'draft', name: 'Draft', start_date: '2100-01-01T00:00:00Z', end_date: '2100-02-01T00:00:00Z' },
      ],
    };
    const { id } = await stagebell.putAssignment({ params: { external_id: 'essay-2026' }, body });
    await cluster.sql(readFileSync(new URL(at('writer.sql')), 'utf8'));
    const { items } = await stagebell.getAssignmentHistory({ params: { id } });
    const changes = items.slice(-2).map((event) => ('change' in event.data ? event.data.change : null));
    expect(changes.map((change) => change?.became?.name ?? change?.became?.end_date)).to.deep.equal([
      '2100-02-03T00:00:00.000Z',
      'Peer review',
    ]);
    for (const change of changes) expect(change).to.include({ reason: 'The library is closed until Monday.' });
    expect(changes[0]?.actor).to.match(/^sql:.*:li\.wei$/);
  });
});
