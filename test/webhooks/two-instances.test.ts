import { expect } from 'chai';
import { Webhook as Verifier } from 'standardwebhooks';
import type { Json } from '../http/support.ts';
import { suiteCluster } from '../support/cluster.ts';
import { onPostgres } from '../support/on-each.ts';
import { Receiver } from '../support/receiver.ts';
import { eventually } from '../support/wait.ts';
import { hook, settledDeliveries, TestInstance } from './support.ts';

onPostgres('Several instances', (database) => {
  const instances: TestInstance[] = [];
  let to: Receiver;
  const start = (...[options]: [ConstructorParameters<typeof TestInstance>[1]?]): TestInstance => {
    instances.push(new TestInstance(database(), options));
    return instances.at(-1) as TestInstance;
  };
  const tell = (kind: 'record' | 'webhooks'): void => {
    for (const each of instances) each.tell(kind);
  };
  beforeEach(async () => {
    await database().sql('DELETE FROM webhook');
    await database().sql('DELETE FROM webhook_delivery');
    to = await Receiver.start();
  });
  afterEach(async () => {
    await Promise.all(instances.splice(0).map((each) => each.stop()));
    await to.stop();
  });
  const stages = (count: number) =>
    database().sql(
      `INSERT INTO stage (assignment_id, name) SELECT $1, 's' || i FROM generate_series(1, ${count}) AS i`,
      [database().assignment],
    );
  const owner = async (): Promise<string> =>
    ((await database().sql<Json>('SELECT owner FROM webhook'))[0] as Json).owner;

  it('deliver a thousand events at once, each once, through one of them', async () => {
    const { id } = await hook(database(), to.url);
    const three = [start(), start(), start()];
    await stages(1000);
    tell('record');
    await settledDeliveries(database(), id, 1000);
    expect(new Set(to.ids).size).to.equal(1000);
    expect(to.ids).to.have.length(1000);
    expect(to.mostOpen).to.be.below(33);
    expect(three.map(({ self }) => self)).to.include(await owner());
  });

  it('take over at once from one that stops, and after its lease from one that hangs; nothing it then says counts', async () => {
    const hanging: (() => void)[] = [];
    to.answer = (response) => void hanging.push(() => response.writeHead(200).end());
    const { id } = await hook(database(), to.url);
    const first = start({ leaseMs: 600 });
    await stages(1);
    tell('record');
    await to.has(1);
    // Nothing reaches it any more, and it renews no lease.
    await database().sql(`UPDATE webhook SET owned_until = clock_timestamp() + interval '300 ms'`);
    const second = start({ leaseMs: 600 });
    await eventually(async () => {
      second.tell('record');
      expect(await owner()).to.equal(first.self);
    });
    await database().sql(`UPDATE webhook SET owned_until = clock_timestamp() - interval '1 s'`);
    second.tell('webhooks');
    await to.has(2);
    expect(await owner()).to.equal(second.self);
    expect([to.ids[0], to.got[0]?.body]).to.deep.equal([to.ids[1], to.got[1]?.body]);
    hanging[0]?.();
    hanging[1]?.();
    const [delivery] = await settledDeliveries(database(), id, 1);
    expect(delivery.attempts).to.equal(1);
    to.answer = (response) => response.writeHead(200).end();
    await second.stop();
    expect(await owner()).to.equal(null);
    first.tell('webhooks');
    await stages(1);
    first.tell('record');
    await to.has(3);
  });
});

describe('A webhook of a real service', () => {
  const cluster = suiteCluster({ instances: 2, redis: 0, env: { WEBHOOK_ALLOW: '127.0.0.1' } });
  let to: Receiver;
  before(async () => {
    to = await Receiver.start();
  });
  after(() => to.stop());

  it('gets a bell, and gets it again with the same body when the instance that delivered it is killed', async function () {
    this.timeout(60_000);
    const [any] = cluster.instances.values();
    const created = await fetch(`${any?.url}/v1/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: to.url, types: ['stage.activated'] }),
    });
    const { id, secret } = (await created.json()) as Json;
    expect(created.status).to.equal(201);
    const test = await fetch(`${any?.url}/v1/webhooks/${id}/test`, { method: 'POST' });
    expect((await test.json()) as Json).to.include({ delivered: true, status: 204 });
    expect(JSON.parse(to.got[0]?.body ?? '')).to.include({ type: 'webhook.test' });
    // The first answer never comes.
    to.answer = (response) => void (to.got.length > 2 && response.writeHead(200).end());
    await cluster.stage('bell', `now() + interval '500 ms'`);
    await to.has(2);
    const [owner] = await cluster.sql<{ name: string }>(
      'SELECT name FROM instance JOIN webhook ON owner = instance.id',
    );
    await cluster.instances.get(owner?.name ?? '')?.kill9();
    // Its lease, which would end by itself within 15 s.
    await cluster.sql(`UPDATE webhook SET owned_until = now()`);
    const [row] = await cluster.sql<{ channel: string }>(`SELECT 'stagebell_' || 'stage'::regclass::oid AS channel`);
    await cluster.sql(`SELECT pg_notify($1, 'webhooks')`, [row?.channel]);
    const [, first, second] = await to.has(3, 30_000);
    expect([second?.id, second?.body]).to.deep.equal([first?.id, first?.body]);
    for (const got of [first, second]) {
      expect(new Verifier(secret).verify(got?.body ?? '', got?.headers ?? {})).to.include({ type: 'stage.activated' });
    }
    await eventually(async () => {
      const [delivery] = await cluster.sql<Json>('SELECT state, attempts FROM webhook_delivery');
      expect(delivery).to.deep.equal({ state: 'succeeded', attempts: 1 });
    });
    const left = [...cluster.instances.values()].find(({ hasExited }) => !hasExited);
    const metrics = await (await fetch(`${left?.url}/metrics`)).text();
    expect(metrics)
      .to.match(/^stagebell_webhooks\{state="active"\} 1$/m)
      .and.to.match(/^stagebell_webhook_attempts_total\{result="succeeded"\} 1$/m)
      .and.to.match(/^stagebell_webhook_pending 0$/m);
  });
});
