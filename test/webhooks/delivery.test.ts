import { expect } from 'chai';
import { Webhook as Verifier } from 'standardwebhooks';
import type { Database, Statement } from '../../src/db/database.ts';
import { BEGINNING, before as placeBefore } from '../../src/domain/event.ts';
import { presentEvent } from '../../src/events/present-event.ts';
import { readVisiblePage } from '../../src/events/read-page.ts';
import { editWebhook, rotateSecret } from '../../src/webhooks/edit-webhook.ts';
import { replay } from '../../src/webhooks/replay.ts';
import type { Json } from '../http/support.ts';
import type { Migrated } from '../support/migrated.ts';
import { onEachDatabase } from '../support/on-each.ts';
import { Receiver } from '../support/receiver.ts';
import { eventually } from '../support/wait.ts';
import { deliveries, hook, PATIENT, settledDeliveries, TestInstance } from './support.ts';

onEachDatabase('Webhooks', (database) => {
  const ends: { stop(): Promise<unknown> }[] = [];
  const ending = <T extends { stop(): Promise<unknown> }>(made: T): T => {
    ends.push(made);
    return made;
  };
  const receiver = async (...how: Parameters<typeof Receiver.start>): Promise<Receiver> =>
    ending(await Receiver.start(...how));
  const instance = (...how: ConstructorParameters<typeof TestInstance> | []): TestInstance =>
    ending(new TestInstance(...((how.length === 0 ? [database()] : how) as [Migrated])));
  const writer = () => ({ database: database().database, instance: 'test', actor: null });
  beforeEach(async () => {
    await database().sql('DELETE FROM webhook');
    await database().sql('DELETE FROM webhook_delivery');
  });
  afterEach(async () => {
    for (const each of ends.splice(0).reverse()) await each.stop();
  });
  const events = async (): Promise<Json[]> => {
    const { events } = await readVisiblePage(database().database.em(), {
      after: BEGINNING,
      of: {},
      types: null,
      limit: 500,
    });
    return events.map(presentEvent);
  };

  it('get each event once, as GET /v1/events shows it, signed so that the library of the standard verifies it', async () => {
    const to = await receiver();
    const made = await hook(database(), to.url);
    const some = await receiver();
    const few = await hook(database(), some.url, { types: ['stage.completed'] });
    const one = instance();
    await database().stage('-1 hour', '-1 minute');
    await database().stage('-1 hour');
    one.tell('record');
    await to.has(5);
    const all = await events();
    expect(to.got.map(({ body }) => JSON.parse(body)).sort((a, b) => (a.id < b.id ? -1 : 1))).to.deep.equal(all);
    for (const { id, body, headers } of to.got) {
      const verified = new Verifier(made.secret).verify(body, headers);
      expect(verified).to.include({ id });
      expect(headers['content-type']).to.equal('application/json');
      expect(headers['user-agent']).to.match(/^Stagebell\/\d/);
    }
    await settledDeliveries(database(), made.id, 5);
    // In the order of each stage.
    for (const { data } of all) {
      const about = (list: Json[]): string[] =>
        list.filter((event) => event.data.stage_id === data.stage_id).map(({ id }) => id);
      expect(about(to.got.map(({ body }) => JSON.parse(body)))).to.deep.equal(about(all));
    }
    const [only, ...more] = await settledDeliveries(database(), few.id, 1);
    expect([only.type, more]).to.deep.equal(['stage.completed', []]);
    expect(only.body, 'what is delivered needs no body').to.equal(null);
    expect(some.ids).to.have.length(1);
  });

  it('cost nothing where there is none, and nothing while nothing happens', async () => {
    const asked: string[] = [];
    const real = database().database;
    const counting = new Proxy(real, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...all: unknown[]) => {
          if (name === 'query' || name === 'em') asked.push((all[0] as Statement | undefined)?.name ?? 'em');
          return (value as (...all: unknown[]) => unknown).apply(target, all);
        };
      },
    }) as Database;
    const migrated = new Proxy(database(), {
      get: (target, name) => (name === 'database' ? counting : Reflect.get(target, name)),
    });
    const one = instance(migrated);
    await eventually(() => expect(asked).to.include('webhook_census'));
    const before = asked.length;
    for (let i = 0; i < 20; i++) one.tell('record');
    await database().stage(null);
    one.tell('record');
    expect(asked.slice(before)).to.deep.equal([]);
    // And one that has delivered everything is as quiet.
    const to = await receiver();
    const { id } = await hook(database(), to.url);
    one.tell('webhooks');
    await database().stage(null);
    one.tell('record');
    await settledDeliveries(database(), id, 1);
    await eventually(async () => {
      const seen = asked.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(asked.length).to.equal(seen);
    });
  });

  it('are tried again with the same id and body, and give up on an event that is never taken, which holds no other', async () => {
    const bodies = new Map<string, Set<string>>();
    let poison = '';
    const to = await receiver((response, { id, body }) => {
      bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
      if (poison === '') poison = id;
      const isFirst = to.got.filter((one) => one.id === id).length === 1;
      response.writeHead(id === poison || isFirst ? 500 : 200).end('sorry'.repeat(400));
    });
    const { id } = await hook(database(), to.url);
    const one = instance();
    for (let i = 0; i < 3; i++) {
      await database().stage(null);
      one.tell('record');
      await to.has(i + 1);
    }
    const all = await settledDeliveries(database(), id, 3, ({ state }) => state !== 'pending');
    expect(all.map(({ state }) => state)).to.deep.equal(['failed', 'succeeded', 'succeeded']);
    expect(all[0]).to.include({ status: 500, error: 'answered 500' });
    expect(all[0].answer).to.have.length(1024);
    expect(all[0].log.length).to.equal(all[0].attempts).and.to.be.within(3, 20);
    for (const [, seen] of bodies) expect(seen.size).to.equal(1);
    const stamps = to.got.filter((got) => got.id === poison).map(({ headers }) => headers['webhook-signature']);
    expect(stamps.length).to.be.above(2);
  });

  it('wait where they are told to, stop where they are not wanted, and follow no redirect', async () => {
    const to = await receiver((response) => {
      if (to.got.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else if (to.got.length === 2) response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end();
      else response.writeHead(410).end();
    });
    const { id } = await hook(database(), to.url);
    const one = instance(database(), { plan: PATIENT });
    await database().stage(null);
    one.tell('record');
    const [busy, redirected] = await to.has(2);
    expect((redirected?.atMs ?? 0) - (busy?.atMs ?? 0)).to.be.above(990);
    const [delivery] = await settledDeliveries(database(), id, 1, ({ state }) => state === 'failed');
    expect(delivery.log.map(({ status }: Json) => status)).to.deep.equal([429, 302, 410]);
    expect(delivery.log[1].error).to.contain('redirect to http://127.0.0.1:1/elsewhere');
    const [webhook] = await database().sql<Json>('SELECT * FROM webhook');
    expect(webhook).to.include({ state: 'disabled', state_reason: 'the endpoint answered 410 Gone' });
    await eventually(() => expect(one.events('webhook_disabled')).to.have.length(1));
    // Later events wait in the record, and are delivered once it is enabled.
    await database().stage(null);
    one.tell('record');
    to.answer = (response) => response.writeHead(200).end();
    await editWebhook(writer(), id, { state: 'active' }, null);
    one.tell('webhooks');
    await to.has(4);
  });

  it('leave a dead endpoint alone but for one try at a time, and send everything in order when it is back', async () => {
    let isDown = true;
    const to = await receiver((response) => response.writeHead(isDown ? 503 : 200).end());
    const { id } = await hook(database(), to.url);
    const one = instance(database(), { plan: PATIENT });
    await database().sql(
      `INSERT INTO stage (assignment_id, name) SELECT $1, 's' || i FROM generate_series(1, 400) AS i`,
      [database().assignment],
    );
    one.tell('record');
    await to.has(12);
    const [{ failures, failing_since }] = (await database().sql<Json>('SELECT * FROM webhook')) as [Json];
    expect([failures > 4, failing_since === null]).to.deep.equal([true, false]);
    expect(one.events('webhook_failing')).to.have.length(1);
    to.mostOpen = 0;
    await to.has(15);
    expect(to.mostOpen).to.equal(1);
    expect((await deliveries(database(), id)).length, 'the rest waits in the record').to.be.below(400);
    isDown = false;
    const first = to.got.length;
    await settledDeliveries(database(), id, 400);
    expect(one.events('webhook_recovered')).to.have.length(1);
    const ids = to.ids.slice(first);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('are disabled after days of nothing but failures, and operators hear of it', async () => {
    const to = await receiver((response) => response.writeHead(500).end());
    const { id } = await hook(database(), to.url);
    const one = instance(database(), {
      plan: { delaysMs: [20], giveUpAfterMs: 1e9, disableAfterMs: 200, openAfter: 5, mostProbeMs: 20 },
    });
    await database().stage(null);
    one.tell('record');
    await eventually(async () => {
      const [webhook] = await database().sql<Json>('SELECT * FROM webhook');
      expect(webhook.state).to.equal('disabled');
      expect(webhook.state_reason).to.match(/^nothing but failures since \d{4}-/);
    });
    one.tell('webhooks');
    await eventually(() => expect([...one.alerts]).to.deep.equal([`webhook ${id}`]));
    expect((await deliveries(database(), id))[0].state, 'it is delivered once it is enabled').to.equal('pending');
    await database().sql('DELETE FROM webhook');
    one.tell('webhooks');
    await eventually(() => expect(one.alerts.size).to.equal(0));
    await one.webhooks.tidy();
    expect(await deliveries(database(), id)).to.deep.equal([]);
  });

  it('go over to a new secret while both sign', async () => {
    const to = await receiver();
    const { id, secret } = await hook(database(), to.url);
    const rotated = await rotateSecret(writer(), id, 60_000, null);
    const one = instance();
    await database().stage(null);
    one.tell('record');
    const [got] = await to.has(1);
    for (const each of [secret, rotated.secret]) new Verifier(each).verify(got?.body ?? '', got?.headers ?? {});
    expect(() => new Verifier(secret).verify(`${got?.body} `, got?.headers ?? {})).to.throw();
    const last = await rotateSecret(writer(), id, 0, null);
    one.tell('webhooks');
    await database().stage(null);
    one.tell('record');
    const [, next] = await to.has(2);
    new Verifier(last.secret).verify(next?.body ?? '', next?.headers ?? {});
    expect(() => new Verifier(rotated.secret).verify(next?.body ?? '', next?.headers ?? {})).to.throw();
  });

  it('replay a part of the record, and then go on where they were', async () => {
    const to = await receiver();
    const { id } = await hook(database(), to.url);
    const one = instance();
    for (let i = 0; i < 4; i++) await database().stage(null);
    one.tell('record');
    await settledDeliveries(database(), id, 4);
    const all = await deliveries(database(), id);
    const [, second, third] = all.map(({ number, n }) => ({ number: String(number), n: Number(n) }));
    const bodies = new Map(to.got.map((got) => [got.id, got.body]));
    await replay(writer(), id, placeBefore(second ?? BEGINNING), third ?? null);
    one.tell('webhooks');
    const again = (await to.has(6)).slice(4);
    for (const got of again) expect(bodies.get(got.id)).to.equal(got.body);
    await database().stage(null);
    one.tell('record');
    await to.has(7);
    await settledDeliveries(database(), id, 5);
    expect(new Set(to.ids).size).to.equal(5);
  });
});
