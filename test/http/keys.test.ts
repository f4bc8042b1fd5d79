import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { hashOf, newSecret } from '../../src/access/secret.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Dispatcher } from '../../src/db/dispatcher.ts';
import { KEYS_CHANGED } from '../../src/db/names.ts';
import { StoredKeys } from '../../src/keys/stored-keys.ts';
import { eventually } from '../support/wait.ts';
import { recordingLog, suiteApi, type TestApi } from './support.ts';

const BOSS = { name: 'boss', scope: 'admin' as const, sha256: hashOf('secret-of-boss') };
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const AS_BOSS = bearer('secret-of-boss');

describe('/v1/keys', () => {
  const base = suiteApi();
  const log = recordingLog();
  const closing: (() => unknown)[] = [];
  beforeEach(() => base.db.query({ name: '', text: 'DELETE FROM api_key' }));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A service with the stored keys that hears of their changes, and with a key of its configuration or none at all. */
  async function serviceOf(kind: 'known' | 'open'): Promise<TestApi> {
    const dispatcher = new Dispatcher();
    const keys = new StoredKeys(base.database, systemClock);
    keys.listenTo(dispatcher);
    const ears = base.database.openEars({
      onMessage: (payload) => payload === KEYS_CHANGED && dispatcher.tell({ kind: 'keys' }),
      onListening: () => {},
      onDeaf: () => {},
    });
    await eventually(() => expect(ears.isListening).to.equal(true));
    const authenticator = apiKeyAuthenticator(kind === 'known' ? [BOSS] : [], keys);
    const until = { authenticator, isClosed: () => keys.isAny() };
    const security =
      kind === 'known' ? { kind, authenticator, metricsOpen: false } : { kind, hosts: [], metricsOpen: false, until };
    const api = await base.also({ security, log, keyNames: kind === 'known' ? ['boss'] : [] });
    closing.push(
      () => keys.close(),
      () => ears.close(),
      () => api.stop(),
    );
    return api;
  }

  it('makes keys that open what their scope includes, under their own name, until they are revoked', async () => {
    const [one, other] = [await serviceOf('known'), await serviceOf('known')];
    const wanted = { name: 'office', scope: 'write', reason: 'The new platform.' };
    const { status, headers, body } = await one.call('POST', '/v1/keys', wanted, AS_BOSS);
    expect([status, headers.get('location')]).to.deep.equal([201, `/v1/keys/${body.id}`]);
    expect(body.secret).to.match(/^sb_[\w-]{43}$/);
    expect(body).to.include({ name: 'office', scope: 'write', created_by: 'boss', expires_at: null, revoked_at: null });

    const as = bearer(body.secret);
    expect((await other.call('POST', '/v1/assignments', { title: 'x' }, as)).status).to.equal(201);
    const [{ data }] = (await other.call('GET', '/v1/events?after=0', undefined, as)).body.items.slice(-1);
    expect(data.change.actor).to.equal('office');
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['DELETE', `/v1/keys/${body.id}`],
    ] as const) {
      expect((await one.call(method, path, undefined, as)).status, `${method} ${path}`).to.equal(403);
    }
    const { items } = (await one.call('GET', '/v1/keys', undefined, AS_BOSS)).body;
    expect(items.map(({ name }: { name: string }) => name)).to.deep.equal(['office']);
    expect(JSON.stringify([items, log.lines])).not.to.contain(body.secret);

    const path = `/v1/keys/${body.id}`;
    for (const _ of [1, 2]) expect((await one.call('DELETE', path, undefined, AS_BOSS)).status).to.equal(204);
    const refused = async () => (await other.call('GET', '/v1/stages', undefined, as)).status;
    const startedMs = systemClock.monoMs();
    while ((await refused()) !== 401) expect(systemClock.monoMs() - startedMs).to.be.below(1000);
    expect((await one.call('GET', path, undefined, AS_BOSS)).body.revoked_at).to.be.a('string');
    expect(log.lines.map(({ fields }) => fields.event)).to.include.members(['key_created', 'key_revoked']);
  });

  it('refuses a name that is taken or reserved, a past expiry, and what is no key', async () => {
    const api = await serviceOf('known');
    const create = async (body: object) => (await api.call('POST', '/v1/keys', body, AS_BOSS)).status;
    expect(await create({ name: 'a', scope: 'read' })).to.equal(201);
    expect(await create({ name: 'a', scope: 'read' })).to.equal(409);
    expect(await create({ name: 'boss', scope: 'read' })).to.equal(409);
    for (const wrong of [{ name: 'jwt' }, { name: 'a b' }, { scope: 'root' }, { expires_at: '2020-01-01T00:00:00Z' }]) {
      expect(await create({ name: 'b', scope: 'read', ...wrong }), JSON.stringify(wrong)).to.equal(422);
    }
    const nowhere = '/v1/keys/00000000-0000-4000-8000-000000000000';
    for (const method of ['GET', 'DELETE'])
      expect((await api.call(method, nowhere, undefined, AS_BOSS)).status).to.equal(404);
    expect((await api.call('GET', '/v1/stages', undefined, bearer(newSecret()))).status).to.equal(401);
  });

  it('closes an open service by its first key, which must be able to make the next, and for good', async () => {
    const api = await serviceOf('open');
    const create = (scope: string, headers = {}) => api.call('POST', '/v1/keys', { name: scope, scope }, headers);
    expect((await api.call('GET', '/v1/stages')).status).to.equal(200);
    const first = await create('read');
    expect([first.status, first.body.detail]).to.satisfy(
      ([status, detail]: [number, string]) => status === 409 && /scope admin first/.test(detail),
    );
    const { body } = await create('admin');
    const startedMs = systemClock.monoMs();
    while ((await api.call('GET', '/v1/stages')).status !== 401)
      expect(systemClock.monoMs() - startedMs).to.be.below(1000);
    const as = bearer(body.secret);
    const second = await create('read', as);
    expect(second.status).to.equal(201);
    for (const { id } of [second.body, body]) {
      expect((await api.call('DELETE', `/v1/keys/${id}`, undefined, as)).status).to.equal(204);
    }
    const later = await serviceOf('open');
    expect((await later.call('GET', '/v1/stages')).status, 'that no key is left opens nothing').to.equal(401);
  });
});
