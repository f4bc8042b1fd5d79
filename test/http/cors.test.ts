import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { hashOf } from '../../src/access/secret.ts';
import { RawConnection } from './raw.ts';
import { suiteApi } from './support.ts';

const PAGE = 'https://courses.example';
const authenticator = apiKeyAuthenticator([{ name: 'page', scope: 'write', sha256: hashOf('secret') }]);

describe('pages of other origins (CORS)', () => {
  const api = suiteApi({ corsOrigins: [PAGE], security: { kind: 'known', authenticator, metricsOpen: false } });

  /** By hand, because fetch writes these headers itself. */
  async function ask(method: string, path: string, headers: Record<string, string>, to = api) {
    const lines = Object.entries({ Host: '127.0.0.1', Connection: 'close', 'Content-Length': '0', ...headers });
    const text = await new RawConnection(to.url)
      .send(`${method} ${path} HTTP/1.1\r\n${lines.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n`)
      .closed();
    const [head = ''] = text.split('\r\n\r\n');
    const found = new Map(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ')[1]]),
    );
    const allowed = [...found].filter(([name]) => name?.startsWith('access-control-'));
    return { status: Number(text.slice(9, 12)), header: (name: string) => found.get(name), allowed };
  }
  const preflight = {
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'authorization,if-match',
  };

  it('are told that they may call, before they do: on every path, without a key', async () => {
    for (const path of ['/v1/stages', '/v1/scheduler/reconcile', '/openapi.json', '/nowhere']) {
      const { status, header } = await ask('OPTIONS', path, { Origin: PAGE, ...preflight });
      expect([status, header('access-control-allow-origin')], path).to.deep.equal([204, PAGE]);
      expect(header('access-control-allow-methods')).to.contain('PATCH').and.contain('DELETE');
      for (const name of ['Authorization', 'If-Match', 'Idempotency-Key']) {
        expect(header('access-control-allow-headers')).to.contain(name);
      }
      expect(header('access-control-max-age')).to.equal('600');
    }
    expect((await ask('OPTIONS', '/v1/stages', {})).header('allow')).to.contain('GET');
  });

  it('get answers and refusals, with the headers that they need, and never with cookies', async () => {
    for (const [headers, expected] of [
      [{ Authorization: 'Bearer secret' }, 200],
      [{}, 401],
    ] as const) {
      const { status, header } = await ask('GET', '/v1/stages', { Origin: PAGE, ...headers });
      expect([status, header('access-control-allow-origin')]).to.deep.equal([expected, PAGE]);
      for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id', 'Idempotency-Replayed']) {
        expect(header('access-control-expose-headers')).to.contain(name);
      }
      expect(header('access-control-allow-credentials')).to.equal(undefined);
      expect(header('vary')).to.contain('Origin');
    }
  });

  it('that are not named get no leave, nor does anybody unless some are', async () => {
    const off = await api.also({ corsOrigins: null });
    for (const Origin of [
      'https://evil.example',
      'null',
      `${PAGE}.evil.example`,
      'http://courses.example',
      `${PAGE}:444`,
    ]) {
      for (const method of ['GET', 'OPTIONS']) {
        expect(
          (await ask(method, '/v1/stages', { Origin, ...preflight })).allowed,
          `${method} ${Origin}`,
        ).to.deep.equal([]);
      }
    }
    expect((await ask('OPTIONS', '/v1/stages', { Origin: PAGE, ...preflight }, off)).allowed).to.deep.equal([]);
    await off.stop();
  });

  it('may call a service that needs no key if they are named, and by the names of this machine alone', async () => {
    const open = await api.also({ security: { kind: 'open', hosts: [], origins: [PAGE], metricsOpen: false } });
    const status = async (headers: Record<string, string>) =>
      (await ask('POST', '/v1/scheduler/reconcile', { 'Sec-Fetch-Site': 'cross-site', ...headers }, open)).status;
    expect(await status({ Origin: PAGE })).to.equal(200);
    expect(await status({ Origin: 'https://evil.example' })).to.equal(403);
    expect(await status({ Origin: PAGE, Host: 'evil.example' })).to.equal(403);
    expect(await status({})).to.equal(403);
    await open.stop();
  });
});
