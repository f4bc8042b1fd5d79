import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { parseNetwork } from '../../src/base/networks.ts';
import { AddressPolicy } from '../../src/webhooks/address-policy.ts';
import { type Answer, type Json, NO_WEBHOOKS, suiteApi } from './support.ts';

const TO = 'https://example.org/hook';
const SECRET = 'secret-of-the-office';
const sha256 = createHash('sha256').update(SECRET).digest();

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`Webhooks over HTTP (${kind})`, () => {
    const api = suiteApi({}, kind);
    const hooks = '/v1/webhooks';
    const create = async (fields: Json = {}): Promise<Json> => {
      const { status, body } = await api.call('POST', hooks, { url: TO, ...fields });
      expect(status, JSON.stringify(body)).to.equal(201);
      return body;
    };
    const end = async (): Promise<string> => (await api.call('GET', '/v1/events?after=latest')).body.read_to;

    it('are created with a secret that is shown once, edited by version, listed and deleted', async () => {
      const made = await api.call('POST', hooks, {
        url: `${TO}?a=b`,
        types: ['stage.activated'],
        description: 'board',
      });
      expect(made.status).to.equal(201);
      expect(made.headers.get('location')).to.equal(`${hooks}/${made.body.id}`);
      const { secret, ...shown } = made.body;
      expect(secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(shown).to.include({ state: 'active', read_to: await end(), version: 1, failing_since: null });
      const one = `${hooks}/${shown.id}`;
      const read = await api.call('GET', one);
      expect([read.status, read.headers.get('etag'), read.body]).to.deep.equal([200, '"1"', shown]);
      const paused = await api.call('PATCH', one, { state: 'paused', types: null }, { 'if-match': '"1"' });
      expect(paused.body).to.include({ state: 'paused', types: null, version: 2, description: 'board' });
      expect((await api.call('PATCH', one, { state: 'paused' })).body.version).to.equal(2);
      expect((await api.call('PATCH', one, { url: TO }, { 'if-match': '"1"' })).status).to.equal(412);
      const other = await create();
      const first = await api.call('GET', `${hooks}?limit=1`);
      expect(first.body.items).to.deep.equal([paused.body]);
      const next = await api.call('GET', `${hooks}?cursor=${first.body.next_cursor}`);
      expect(next.body.items.map(({ id }: Json) => id)).to.deep.equal([other.id]);
      for (const id of [shown.id, other.id]) expect((await api.call('DELETE', `${hooks}/${id}`)).status).to.equal(204);
      expect((await api.call('GET', one)).status).to.equal(404);
      expect((await api.call('GET', `${one}/deliveries`)).status).to.equal(404);
    });

    it('are created once when the same request is sent again, and then no secret is shown', async () => {
      const again = { 'idempotency-key': `hook ${kind}` };
      const first = await api.call('POST', hooks, { url: TO }, again);
      const second = await api.call('POST', hooks, { url: TO }, again);
      expect([first.body.id, second.body.secret]).to.deep.equal([second.body.id, null]);
      expect((await api.call('DELETE', `${hooks}/${first.body.id}`)).status).to.equal(204);
    });

    it('get a new secret, and the one before goes on for a while', async () => {
      const { id, secret } = await create();
      const rotate = (body?: Json): Promise<Answer> => api.call('POST', `${hooks}/${id}/rotate-secret`, body);
      const { body } = await rotate();
      expect(body.secret)
        .to.match(/^whsec_/)
        .and.not.to.equal(secret);
      expect(Date.parse(body.previous_secret_until) - Date.parse(body.updated_at)).to.equal(86_400_000);
      expect((await rotate({ overlap_seconds: 0 })).body.previous_secret_until).to.equal(null);
      expect((await rotate({ overlap_seconds: -1 })).status).to.equal(422);
    });

    it('begin where they are told to, and go back where the record still has it', async () => {
      const from = await end();
      await api.stage();
      const to = await end();
      const { id, read_to } = await create({ after: from });
      expect(read_to).to.equal(`${from.slice(0, 19)}-${from.slice(20)}`);
      const replay = (body: Json): Promise<Answer> => api.call('POST', `${hooks}/${id}/replay`, body);
      expect((await replay({ from: to })).body.code).to.equal('conflict');
      const first = (await api.call('GET', `/v1/events?after=${from}&limit=1`)).body.items[0];
      const later = await create({ after: to });
      const back = await api.call('POST', `${hooks}/${later.id}/replay`, { from: first.id, to: first.id });
      expect(back.status).to.equal(200);
      expect([back.body.read_to < first.id, back.body.replay_to]).to.deep.equal([true, first.id]);
      const byTime = await api.call('POST', `${hooks}/${later.id}/replay`, { from: first.timestamp });
      expect([byTime.body.read_to < first.id, byTime.body.replay_to]).to.deep.equal([true, null]);
      expect((await replay({ from: 'yesterday' })).body.errors[0].pointer).to.equal('/from');
      const ahead = String(BigInt(to.slice(0, 19)) + 5n);
      expect((await api.call('POST', hooks, { url: TO, after: ahead })).body.code).to.equal('events_ahead');
    });

    it('list their deliveries, and send again what was given up', async () => {
      const { id } = await create();
      const about = '01a21e7a-3c1b-7768-8120-08ec67382b43';
      await api.db.query({
        name: '',
        text: `INSERT INTO webhook_delivery (webhook_id, number, n, type, about, body, state, attempts, done_at, first_attempt_at)
          SELECT '${id}', i, 0, 'stage.activated', '${about}', '{}', CASE i WHEN 1 THEN 'failed' WHEN 2 THEN 'succeeded' ELSE 'pending' END, i, now(), now()
          FROM generate_series(1, 3) AS i`,
      });
      const list = async (query = ''): Promise<Json[]> =>
        (await api.call('GET', `${hooks}/${id}/deliveries${query}`)).body.items;
      expect((await list()).map(({ state }) => state)).to.deep.equal(['pending', 'succeeded', 'failed']);
      expect((await list('?event=2')).map(({ state }) => state)).to.deep.equal(['succeeded']);
      const first = await api.call('GET', `${hooks}/${id}/deliveries?limit=1`);
      expect((await list(`?cursor=${first.body.next_cursor}`)).map(({ state }) => state)).to.deep.equal([
        'succeeded',
        'failed',
      ]);
      const [failed] = await list('?state=failed');
      const retry = (which: string): Promise<Answer> => api.call('POST', `${hooks}/${id}/deliveries/${which}/retry`);
      expect((await retry(failed.id)).body).to.include({ state: 'pending', attempts: 1, done_at: null });
      const [delivered] = await list('?state=succeeded');
      expect((await retry(delivered.id)).status).to.equal(409);
      expect((await retry(about)).status).to.equal(404);
    });

    it('go to https and to public addresses, unless an operator allows others', async () => {
      const faultOf = async (url: string, to = api): Promise<string> =>
        (await to.call('POST', hooks, { url })).body.errors?.[0].detail ?? 'none';
      for (const [url, fault] of [
        ['http://example.org/', 'must begin with https://'],
        ['ftp://example.org/', 'must begin with https://'],
        ['https://u:p@example.org/', 'no user and no password'],
        ['https://example.org/#x', 'no fragment'],
        ['example.org', 'must be a URL'],
        [`https://example.org/${'x'.repeat(2000)}`, 'at most 2000 characters'],
        ...[
          '127.1',
          '10.0.0.1',
          '169.254.169.254',
          '168.63.129.16',
          '0x7f000001',
          '0.0.0.0',
          '100.100.100.200',
          '[::1]',
          '[::]',
          '[fd00:ec2::254]',
        ],
        ...[
          '[::ffff:127.0.0.1]',
          '[::127.0.0.1]',
          '[64:ff9b::7f00:1]',
          '[2002:7f00:1::]',
          '[::ffff:0:7f00:1]',
          '[fe80::1]',
        ],
      ].map((each) => (typeof each === 'string' ? [`https://${each}/`, 'is not a public address'] : each)) as [
        string,
        string,
      ][]) {
        expect(await faultOf(url), url).to.contain(fault);
      }
      expect(await faultOf('https://1.1.1.1/')).to.equal('none');
      const allowed = ['127.0.0.0/8', 'fd00::/8'].flatMap((text) => parseNetwork(text) ?? []);
      const open = await api.also({ webhooks: { ...NO_WEBHOOKS, policy: new AddressPolicy(allowed) } });
      for (const url of ['http://127.0.0.1:81/', 'http://[fd00::1]/', 'http://example.org/']) {
        expect(await faultOf(url, open), url).to.equal('none');
      }
      expect(await faultOf('http://1.1.1.1/', open)).to.contain('reached by https only');
      expect(await faultOf('http://10.0.0.1/', open)).to.contain('is not a public address');
      await open.stop();
    });

    it('need the scope admin, and refuse what they do not know', async () => {
      const authenticator = apiKeyAuthenticator([{ name: 'office', scope: 'write', sha256 }]);
      const keys = await api.also({ security: { kind: 'known', authenticator, metricsOpen: true } });
      const { status } = await keys.call('GET', hooks, undefined, { authorization: `Bearer ${SECRET}` });
      expect(status).to.equal(403);
      await keys.stop();
      const refused = await api.call('POST', hooks, {
        url: TO,
        types: ['stage.moved'],
        secret: 'x',
        state: 'disabled',
      });
      expect(refused.body.errors.map(({ pointer }: Json) => pointer).sort()).to.deep.equal([
        '/secret',
        '/state',
        '/types/0',
      ]);
    });
  });
}
