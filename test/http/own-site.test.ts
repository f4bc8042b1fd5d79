import { expect } from 'chai';
import { RawConnection } from './raw.ts';
import { suiteApi } from './support.ts';

describe('a service that needs no key', () => {
  const api = suiteApi({ security: { kind: 'open', metricsOpen: false, hosts: ['stagebell.test'] } });

  /** By hand, because fetch writes these headers itself. */
  async function ask(method: string, headers: Record<string, string>, to = api): Promise<number> {
    const lines = Object.entries({ Connection: 'close', 'Content-Length': '0', ...headers }).map((pair) =>
      pair.join(': '),
    );
    const path = method === 'GET' ? '/v1/stages' : '/v1/scheduler/reconcile';
    const answer = await new RawConnection(to.url)
      .send(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      .closed();
    return Number(answer.slice(9, 12));
  }

  it('answers to the names of its machine, and to allowed hosts', async () => {
    for (const Host of [
      '127.0.0.1:3000',
      'localhost',
      'LOCALHOST:80',
      '[::1]:3000',
      'app.localhost',
      'stagebell.test:1',
      'localhost.',
    ]) {
      expect(await ask('GET', { Host }), Host).to.equal(200);
    }
    for (const Host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0:3000',
      'evil.example@localhost',
      '10.0.0.5',
      ':80',
    ]) {
      expect(await ask('GET', { Host }), Host).to.equal(403);
      expect(await ask('POST', { Host }), Host).to.equal(403);
    }
  });

  it('refuses pages of other sites', async () => {
    const Host = '127.0.0.1:3000';
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: 'http://127.0.0.1:9999' },
      { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign)
      expect(await ask('POST', { Host, ...headers }), JSON.stringify(headers)).to.equal(403);
    const own: Record<string, string>[] = [
      {},
      { Origin: 'http://127.0.0.1:3000' },
      { Origin: 'https://courses.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: 'https://courses.example', 'X-Forwarded-Host': 'courses.example' },
      { 'Sec-Fetch-Site': 'none' },
    ];
    for (const headers of own) expect(await ask('POST', { Host, ...headers }), JSON.stringify(headers)).to.equal(200);
    // A link on another page may lead here.
    expect(await ask('GET', { Host, 'Sec-Fetch-Site': 'cross-site' })).to.equal(200);
    expect(await ask('GET', { Host, Origin: 'https://evil.example' })).to.equal(403);
  });

  it('says what to do', async () => {
    const raw = new RawConnection(api.url).send(
      'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(await raw.closed()).to.match(/http:\/\/127.0.0.1.*ALLOWED_HOSTS.*API_KEYS.*foreign_host/);
  });

  it('answers to any name if something in front of it decides who may call', async () => {
    const behind = await api.also({ security: { kind: 'open', metricsOpen: false } });
    expect(await ask('POST', { Host: 'courses.example' }, behind)).to.equal(200);
    expect(await ask('POST', { Host: 'courses.example', Origin: 'https://evil.example' }, behind)).to.equal(403);
    await behind.stop();
  });
});
