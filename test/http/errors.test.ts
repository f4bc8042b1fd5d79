import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import type { Database } from '../../src/db/database.ts';
import { RawConnection } from './raw.ts';
import { recordingLog, suiteApi } from './support.ts';

describe('an error over HTTP', () => {
  const api = suiteApi();
  const send = (body: string, type: string | null = 'application/json', headers = {}) =>
    api.call('POST', '/v1/assignments', body, { 'content-type': type ?? '', ...headers });

  const failing = (error: () => Error): Database => {
    const em = () => {
      throw error();
    };
    return { ...api.database, em, edit: (_row: unknown, work: () => unknown) => work() } as never;
  };

  it('is an RFC 9457 problem with the id of its request', async () => {
    const { status, headers, body } = await api.call('GET', '/v1/nothing', undefined, { 'x-request-id': 'router-42' });
    expect(status).to.equal(404);
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(headers.get('x-request-id')).to.equal('router-42');
    expect(body).to.deep.equal({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is nothing at this path.',
      code: 'not_found',
      request_id: 'router-42',
    });
  });

  it('has a new id if the given one would break a log', async () => {
    for (const id of ['x'.repeat(201), 'a b', '"']) {
      const { headers } = await api.call('GET', '/livez', undefined, { 'x-request-id': id });
      expect(headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
    }
  });

  it('is kept out of frames, caches and other types, like every answer', async () => {
    for (const path of ['/v1/nothing', '/v1/stages', '/livez']) {
      const { headers } = await api.call('GET', path);
      expect(headers.get('x-frame-options')).to.equal('DENY');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('cache-control')).to.equal('private, no-cache');
      expect(headers.get('content-security-policy')).to.equal("default-src 'none';frame-ancestors 'none'");
    }
  });

  it('distinguishes a wrong path from a wrong method', async () => {
    const wrong = await api.call('PUT', '/v1/stages/1', {});
    expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'DELETE, GET, HEAD, OPTIONS, PATCH']);
    expect((await api.call('PUT', '/v1/nothing', {})).status).to.equal(404);
    expect((await api.call('PROPFIND', '/v1/stages')).status).to.equal(501);
    const options = await api.call('OPTIONS', '/v1/stages');
    expect([options.status, options.headers.get('allow')]).to.deep.equal([204, 'GET, HEAD, OPTIONS, PATCH']);
    expect((await api.call('GET', '/V1/stages')).body.code, 'paths have one spelling').to.equal('not_found');
    for (const path of ['/v1/stages/7', '/v1/stages/%ff', '/v1/assignments/x/stages']) {
      expect(
        (
          await api.call(
            path.endsWith('stages') ? 'POST' : 'GET',
            path,
            path.endsWith('stages') ? { name: 'x' } : undefined,
          )
        ).status,
      ).to.equal(404);
    }
    expect((await api.call('HEAD', '/v1/stages')).status).to.equal(200);
  });

  it('says what is wrong with a body', async () => {
    expect((await send('{"title": ')).body).to.include({ status: 400, code: 'malformed_json' });
    expect((await send('')).body).to.include({ status: 400, code: 'body_required' });
    expect((await send('   ')).body).to.include({ status: 400, code: 'body_required' });
    for (const text of ['[]', '"x"', 'null', '7']) expect((await send(text)).status, text).to.equal(422);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', null]) {
      expect((await send('{"title":"x"}', type)).status, String(type)).to.equal(415);
    }
    expect((await send('{"title":"x"}', 'application/json', { 'content-encoding': 'gzip' })).status).to.equal(415);
    expect((await send('{"title":"x"}', 'application/merge-patch+json; charset="UTF-8"')).status).to.equal(201);
    const bytes = await fetch(`${api.url}/v1/assignments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('7b227469746c65223a22ff227d', 'hex'),
    });
    expect([bytes.status, ((await bytes.json()) as { code: string }).code]).to.deep.equal([400, 'malformed_utf8']);
  });

  it('refuses a body over 1 MB, announced or not', async () => {
    const large = JSON.stringify({ title: 'x'.repeat(1024 * 1024) });
    expect((await send(large)).body).to.include({ status: 413, code: 'body_too_large' });
    const chunked = new RawConnection(api.url).send(
      'POST /v1/assignments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let i = 0; i < 20; i++) chunked.send(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    expect(await chunked.has('body_too_large')).to.match(/^HTTP\/1.1 413 /);
    chunked.destroy();
    // A title may not be so long, but the body may.
    expect((await send(JSON.stringify({ title: 'x'.repeat(1024 * 1000) }))).status).to.equal(422);
  });

  it('does not wait for ever for a body', async () => {
    const timers: (() => void)[] = [];
    let armed = () => {};
    const isArmed = new Promise<void>((resolve) => (armed = resolve));
    const clock: Clock = {
      ...systemClock,
      after: (_ms, callback) => {
        timers.push(callback);
        armed();
        return { cancel: () => {} };
      },
    };
    const slow = await api.also({ clock });
    const connection = new RawConnection(slow.url).send(
      'POST /v1/assignments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    await isArmed;
    timers[0]?.();
    expect(await connection.closed()).to.match(/^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/);
    await slow.stop();
  });

  it('refuses a URL that is not percent-encoded UTF-8, whose text would be kept as another one', async () => {
    for (const path of [
      '/v1/assignments?title=caf%E9',
      '/v1/stages?external_id=100%',
      '/v1/assignments/external/caf%E9',
    ]) {
      expect((await api.call('GET', path)).body, path).to.include({ status: 400, code: 'malformed_request' });
    }
    const put = await api.call('PUT', '/v1/assignments/external/caf%E9', { title: 'x' });
    expect(put.body).to.include({ status: 400, code: 'malformed_request' });
    const { id } = await api.stage();
    expect((await api.call('DELETE', `/v1/stages/${id}?reason=caf%E9`)).status).to.equal(400);
    expect((await api.call('DELETE', `/v1/stages/${id}?reason=caf%C3%A9`)).status).to.equal(204);
    const bare = new RawConnection(api.url).send('GET /v1/assignments?title=café HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await bare.closed()).to.match(/^HTTP\/1.1 400 [\s\S]*percent-encoded/);
  });

  it('answers what is not HTTP with a problem too', async () => {
    const answer = await new RawConnection(api.url).send('nonsense\r\n\r\n').closed();
    expect(answer).to.match(/^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\nX-Request-Id: /);
    const long = await new RawConnection(api.url).send(`GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`).closed();
    expect(long).to.match(/^HTTP\/1.1 431 /);
  });

  it('is 503 with Retry-After while the database is away, and is logged once', async () => {
    const log = recordingLog();
    const error = () => new DatabaseUnavailableError('connect ECONNREFUSED 10.0.0.5:5432');
    const away = await api.also({ database: failing(error), log });
    for (const path of ['/v1/stages', '/v1/transitions', '/v1/assignments']) {
      const { status, headers, body } = await away.call('GET', path);
      expect([status, headers.get('retry-after'), body.code]).to.deep.equal([503, '1', 'database_unavailable']);
      expect(JSON.stringify(body)).not.to.contain('10.0.0.5');
    }
    expect((await away.call('POST', '/v1/assignments', { title: 'x' })).status).to.equal(503);
    expect(log.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
    await away.stop();
  });

  it('is 503 when a statement takes too long', async () => {
    const error = () => Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    const busy = await api.also({ database: failing(error) });
    expect((await busy.call('GET', '/v1/stages')).body).to.include({ status: 503, code: 'database_busy' });
    await busy.stop();
  });

  it('says of a bug only where to find it in the log, which has it once', async () => {
    const log = recordingLog();
    const error = () => new Error('secret detail');
    const broken = await api.also({ database: failing(error), log });
    const { status, body } = await broken.call('GET', '/v1/stages');
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.contain('secret');
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors).to.have.length(1);
    expect(errors[0]?.fields).to.include({ request_id: body.request_id });
    await broken.stop();
  });
});
