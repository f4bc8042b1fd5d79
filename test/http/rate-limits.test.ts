import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { hashOf } from '../../src/access/secret.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { clientAddress, proxiesOf } from '../../src/http/client-address.ts';
import { type Limit, RateLimits } from '../../src/http/rate-limits.ts';
import { connectCounter } from '../../src/redis/connect.ts';
import { startRedis } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';
import { suiteApi, type TestApi } from './support.ts';

const keyOf = (name: string) => ({ name, scope: 'write' as const, sha256: hashOf(name) });
const authenticator = apiKeyAuthenticator([keyOf('office'), keyOf('board')]);
const as = (name: string, more = {}) => ({ authorization: `Bearer ${name}`, ...more });

describe('rate limits', () => {
  const api = suiteApi({ security: { kind: 'known', authenticator, metricsOpen: false } });
  const others: TestApi[] = [];
  let offsetMs = 0;
  const clock = { ...systemClock, monoMs: () => systemClock.monoMs() + offsetMs };
  async function service(limit: Limit | null, trusted: string[] = [], redis: object | null = null): Promise<TestApi> {
    const other = await api.also({ limits: new RateLimits({ limit, redis, proxies: proxiesOf(trusted), clock }) });
    others.push(other);
    return other;
  }
  afterEach(async () => {
    offsetMs = 0;
    for (const other of others.splice(0)) await other.stop();
  });
  const get = (on: TestApi, headers: Record<string, string>, path = '/v1/stages?limit=1') =>
    on.call('GET', path, undefined, headers);
  const statuses = async (on: TestApi, headers: Record<string, string>, times: number) => {
    const seen: number[] = [];
    for (let i = 0; i < times; i++) seen.push((await get(on, headers)).status);
    return seen;
  };

  it('are off by default; each caller has one of its own, and is told of it; probes have none', async () => {
    expect(await statuses(api, as('office'), 5)).to.deep.equal([200, 200, 200, 200, 200]);
    const on = await service({ requests: 3, seconds: 60 });
    const first = await get(on, as('office'));
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).to.deep.equal([
      '"caller";q=3;w=60',
      '"caller";r=2;t=60',
    ]);
    expect(await statuses(on, as('office'), 3)).to.deep.equal([200, 200, 429]);
    const over = await get(on, as('office'));
    expect([over.status, over.body.code]).to.deep.equal([429, 'rate_limited']);
    expect(Number(over.headers.get('retry-after'))).to.be.within(1, 60);
    expect(await statuses(on, as('board'), 1)).to.deep.equal([200]);
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await get(on, as('office'), path)).status).to.equal(200);
  });

  it('end the guessing of an address, but not the work of those who were known behind it', async () => {
    const on = await service(null);
    expect(await statuses(on, as('office'), 1)).to.deep.equal([200]);
    const guessed = await statuses(on, as('nobody'), 40);
    expect([guessed.indexOf(429), new Set(guessed.slice(0, 30)), new Set(guessed.slice(30))]).to.deep.equal([
      30,
      new Set([401]),
      new Set([429]),
    ]);
    // A forged header makes nobody else of it.
    expect(await statuses(on, as('nobody', { 'x-forwarded-for': '198.51.100.7' }), 1)).to.deep.equal([429]);
    expect(await statuses(on, as('board'), 1), 'what would have been right').to.deep.equal([429]);
    expect(await statuses(on, as('office'), 1)).to.deep.equal([200]);
    expect((await get(on, {})).status, 'no guess').to.equal(401);
    offsetMs = 61_000;
    expect(await statuses(on, as('board'), 1)).to.deep.equal([200]);
  });

  it('know who asks through a proxy that is trusted', async () => {
    const on = await service(null, ['127.0.0.1']);
    const from = (address: string) => as('nobody', { 'x-forwarded-for': address });
    expect(new Set((await statuses(on, from('203.0.113.9'), 40)).slice(30))).to.deep.equal(new Set([429]));
    expect(await statuses(on, from('198.51.100.7, 203.0.113.9'), 1), 'forged by the client').to.deep.equal([429]);
    expect(await statuses(on, from('203.0.113.10'), 1)).to.deep.equal([401]);
  });

  it('are shared by instances through Redis, and go on without it', async () => {
    const redis = await startRedis();
    const clients = [1, 2].map(() => connectCounter([redis.url], silentLog));
    try {
      await eventually(() => expect(clients.map(({ status }) => status)).to.deep.equal(['ready', 'ready']));
      const [one, two] = [
        await service({ requests: 4, seconds: 60 }, [], clients[0]),
        await service({ requests: 4, seconds: 60 }, [], clients[1]),
      ];
      expect(await statuses(one, as('office'), 3)).to.deep.equal([200, 200, 200]);
      expect(await statuses(two, as('office'), 2)).to.deep.equal([200, 429]);
      await redis.stop();
      expect(await statuses(one, as('board'), 5)).to.deep.equal([200, 200, 200, 200, 429]);
    } finally {
      for (const client of clients) client.disconnect();
      await redis.stop();
    }
  });
});

describe('the address of a client', () => {
  const of = (remoteAddress: string, forwarded?: string, trusted = ['10.0.0.0/8', 'fd00::/8']) =>
    clientAddress(
      { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage,
      proxiesOf(trusted),
    );

  it('is that of the connection, and of X-Forwarded-For as far as proxies that are trusted wrote it', () => {
    expect(of('192.0.2.1', '198.51.100.7')).to.equal('192.0.2.1');
    expect(of('10.1.2.3', '198.51.100.7')).to.equal('198.51.100.7');
    expect(of('::ffff:10.1.2.3', '1.1.1.1, 198.51.100.7')).to.equal('198.51.100.7');
    expect(of('10.1.2.3', '198.51.100.7, 10.9.9.9')).to.equal('198.51.100.7');
    expect(of('10.1.2.3', '198.51.100.7:4711')).to.equal('198.51.100.7');
    expect(of('fd00::1', '[2001:db8::1]:4711')).to.equal('2001:db8:0:0::/64');
    for (const nothing of [undefined, '', 'unknown', '198.51.100.7, evil']) {
      expect(of('10.1.2.3', nothing), nothing).to.equal('10.1.2.3');
    }
    expect(of('10.1.2.3', '10.0.0.1')).to.equal('10.0.0.1');
  });

  it('is one for all that one IPv6 network has', () => {
    for (const address of ['2001:db8:1:2::', '2001:0db8:1:2:3:4:5:6', '2001:DB8:1:2:ffff:ffff:ffff:ffff']) {
      expect(of(address)).to.equal('2001:db8:1:2::/64');
    }
    expect(of('::1')).to.equal('0:0:0:0::/64');
  });
});
