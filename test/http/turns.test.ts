import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { RawConnection } from './raw.ts';
import { NO_METRICS, suiteApi } from './support.ts';

describe('requests on connections, many and odd,', () => {
  const api = suiteApi();
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  const LAST = 'Connection: close\r\n';
  const statusesOf = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

  it('on one connection is answered one by one, in order, however many there are', async () => {
    let atOnce = 0;
    let most = 0;
    const render = async () => {
      atOnce++;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return 'x';
    };
    const server = await api.also({ metrics: { ...NO_METRICS, render } });
    const many = Array.from({ length: 3000 }, (_, i) => get('/metrics', `X-Request-Id: r${i}\r\n`)).join('');
    const answers = await new RawConnection(server.url).send(many + get('/livez', LAST)).closed();
    const ids = [...answers.matchAll(/X-Request-Id: r(\d+)/g)].map(([, id]) => Number(id));
    expect(ids).to.deep.equal(Array.from({ length: 3000 }, (_, i) => i));
    expect(answers).to.contain('alive');
    expect(most).to.equal(1);
    await server.stop();
  });

  it('on one connection is read no further than it is answered', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const render = () => released.then(() => 'x');
    const server = await api.also({ metrics: { ...NO_METRICS, render } });
    const connection = new RawConnection(server.url).send(get('/metrics') + get('/livez').repeat(14_000));
    let isCut = false;
    void connection.closed().then(() => (isCut = true));
    for (let i = 0; i < 50; i++) await server.call('GET', '/livez');
    // More than 10,000 that wait would have ended it.
    expect(isCut).to.equal(false);
    release();
    await connection.has('alive');
    connection.destroy();
    await server.stop();
  });

  it('that sends bodies is answered in order too', async () => {
    const post = (title: string) => {
      const body = JSON.stringify({ title });
      return `POST /v1/assignments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };
    const titles = Array.from({ length: 60 }, (_, i) => `title-${i}-${'x'.repeat(150)}`);
    const answers = await new RawConnection(api.url).send(titles.map(post).join('') + get('/livez', LAST)).closed();
    expect([...answers.matchAll(/"title":"(title[^"]*)"/g)].map(([, title]) => title)).to.deep.equal(titles);
  });

  it('on many connections waits its turn, and never keeps a probe waiting', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let atOnce = 0;
    const query = async () => {
      atOnce++;
      await held;
      return [];
    };
    const server = await api.also({ database: { ...api.database, kind: 'embedded', query } as never });
    const all = Array.from({ length: 100 }, () =>
      server.call('GET', '/v1/stages/00000000-0000-4000-8000-000000000000'),
    );
    for (let i = 0; i < 20; i++) expect((await server.call('GET', '/livez')).status).to.equal(200);
    expect(atOnce).to.equal(4);
    release();
    expect((await Promise.all(all)).every(({ status }) => status === 404)).to.equal(true);
    await server.stop();
  });

  it('that is too large is told so, in part, and when to ask again', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const query = async () => {
      await held;
      return [];
    };
    // Patience that never ends: how long it is, is not what this looks at.
    const after = (ms: number, then: () => void) => systemClock.after(ms === 5000 ? 600_000 : ms, then);
    const database = { ...api.database, kind: 'embedded', query } as never;
    const server = await api.also({ database, clock: { ...systemClock, after } });
    const path = '/v1/stages/00000000-0000-4000-8000-000000000000';
    const answers = Array.from({ length: 1020 }, () => server.call('GET', path));
    const refused = await Promise.any(
      answers.map(async (each) => ((await each).status === 503 ? each : Promise.reject())),
    );
    expect([refused.body.code, refused.headers.get('retry-after')]).to.deep.equal(['overloaded', '1']);
    expect((await server.call('GET', '/readyz')).status).to.equal(200);
    release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503)).to.have.length(16);
    await server.stop();
  });

  it('ends with the answer that closes the connection: nothing behind it is done', async () => {
    const post = (title: string, more: string) =>
      `POST /v1/assignments HTTP/1.1\r\nHost: x\r\n${more}Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"title":"${title}"}`;
    const answers = await new RawConnection(api.url).send(post('one', LAST) + post('two', '')).closed();
    expect(statusesOf(answers)).to.deep.equal(['201']);
    const { items } = (await api.call('GET', '/v1/assignments?limit=500')).body;
    expect(items.filter(({ title }: { title: string }) => title === 'two')).to.deep.equal([]);
  });

  it('gets an answer for each request, even if what follows is not HTTP', async () => {
    const answers = await new RawConnection(api.url)
      .send(`${get('/v1/stages')}${get('/livez')}nonsense\r\n\r\n`)
      .closed();
    expect(statusesOf(answers)).to.deep.equal(['200', '200', '400']);
    expect(answers).to.contain('malformed_request');
  });

  for (const [what, request, status] of [
    ['no Host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['an expectation', 'GET /livez HTTP/1.1\r\nHost: a\r\nExpect: banana\r\nConnection: close\r\n\r\n', 417],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 501],
    ['TRACE', 'TRACE /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 501],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['HTTP/3.7', 'GET / HTTP/3.7\r\nHost: a\r\n\r\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['half a percent', 'GET /v1/stages/%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    [
      'a wish to upgrade',
      'GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      404,
    ],
    [
      'a bad chunk',
      'POST /v1/assignments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['an old version without Host', 'GET /nothing HTTP/1.0\r\n\r\n', 404],
  ] as const) {
    it(`answers with a problem what Node would refuse by itself: ${what}`, async () => {
      const answer = await new RawConnection(api.url).send(request).closed();
      expect(answer).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer)
        .to.match(/Content-Type: application\/problem\+json/i)
        .and.to.match(/X-Request-Id: \S+/i);
      expect(answer.match(/HTTP\/1\.1 /g)).to.have.length(1);
    });
  }
});
