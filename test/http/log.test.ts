import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { type Json, recordingLog, startApi, type TestApi } from './support.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('The log of requests', () => {
  let api: TestApi;
  const log = recordingLog();
  before(async function () {
    this.timeout(60_000);
    const sha256 = createHash('sha256').update('sesame').digest();
    const keys = [
      { name: 'office', scope: 'write' as const, sha256 },
      { name: 'wall', scope: 'read' as const, sha256: createHash('sha256').update('look').digest() },
    ];
    api = await startApi({
      log,
      security: { kind: 'known', authenticator: apiKeyAuthenticator(keys), metricsOpen: true },
    });
  });
  after(() => api.stop());
  const said = (event: string): Json => log.lines.filter(({ fields }) => fields.event === event).at(-1);
  const body = { title: 'Essay' };

  it('says who made each edit, in which request and trace', async () => {
    const headers = { authorization: 'Bearer sesame', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const { headers: answered } = await api.call('POST', '/v1/assignments', body, headers);
    const { level, fields } = said('edit');
    expect(level).to.equal('info');
    expect(fields).to.include({
      actor: 'office',
      method: 'POST',
      path: '/v1/assignments',
      status: 201,
      trace_id: TRACE,
    });
    expect(fields.request_id).to.equal(answered.get('x-request-id'));
  });

  it('names each request that was refused, and no read', async () => {
    const unknown = await api.call('GET', '/v1/stages', undefined, { authorization: 'Bearer wrong' });
    expect(said('denied')).to.deep.include({ level: 'info' });
    expect(said('denied').fields).to.include({ status: 401, request_id: unknown.headers.get('x-request-id') });
    await api.call('POST', '/v1/assignments', body, { authorization: 'Bearer look' });
    expect(said('denied').fields).to.include({ status: 403 });
    expect(JSON.stringify(log.lines)).not.to.contain('wrong').and.not.to.contain('look');
    await api.call('GET', '/v1/stages', undefined, { authorization: 'Bearer look', traceparent: 'x'.repeat(55) });
    expect(said('request').level).to.equal('debug');
  });
});
