import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import type { Security } from '../../src/http/security.ts';
import { recordingLog, suiteApi } from './support.ts';

const key = (name: string, scope: 'read' | 'write' | 'admin') => ({
  name,
  scope,
  sha256: createHash('sha256').update(`secret-of-${name}`).digest(),
});
const security: Security = {
  kind: 'known',
  authenticator: apiKeyAuthenticator([key('reader', 'read'), key('writer', 'write'), key('boss', 'admin')]),
  metricsOpen: false,
};
const as = (name: string) => ({ authorization: `Bearer secret-of-${name}` });

describe('API keys', () => {
  const log = recordingLog();
  const api = suiteApi({ security, log });

  it('are required everywhere except at the probes', async () => {
    for (const path of ['/v1/stages', '/v1/scheduler', '/metrics', '/v1/transitions']) {
      const { status, headers, body } = await api.call('GET', path);
      expect([path, status, body.code]).to.deep.equal([path, 401, 'unauthorized']);
      expect(headers.get('www-authenticate')).to.match(/^Bearer /);
    }
    expect((await api.call('POST', '/v1/assignments', 'not even json')).status).to.equal(401);
    expect((await api.call('GET', '/livez')).body).to.deep.equal({ status: 'alive' });
    expect((await api.call('GET', '/readyz')).status).to.equal(200);
  });

  it('are refused when unknown, however they are sent', async () => {
    for (const authorization of [
      'Bearer nobody',
      'Bearer ',
      'Bearer',
      'Basic c2VjcmV0',
      'secret-of-boss',
      'Bearer a b',
    ]) {
      expect((await api.call('GET', '/v1/stages', undefined, { authorization })).status, authorization).to.equal(401);
    }
    expect(
      (await api.call('GET', '/v1/stages', undefined, { authorization: 'bearer  secret-of-reader' })).status,
    ).to.equal(200);
  });

  it('open what their scope includes, and the refusal names the scope that is needed', async () => {
    const statusOf = async (name: string, method: string, path: string, body?: unknown) =>
      (await api.call(method, path, body, as(name))).status;
    expect(await statusOf('reader', 'GET', '/v1/stages')).to.equal(200);
    expect(await statusOf('reader', 'GET', '/metrics')).to.equal(200);
    expect(await statusOf('reader', 'POST', '/v1/assignments', { title: 'x' })).to.equal(403);
    expect(await statusOf('writer', 'POST', '/v1/assignments', { title: 'x' })).to.equal(201);
    expect(await statusOf('boss', 'POST', '/v1/assignments', { title: 'x' })).to.equal(201);
    expect(await statusOf('boss', 'POST', '/v1/scheduler/reconcile')).to.equal(200);
    const { status, body } = await api.call('POST', '/v1/scheduler/reconcile', undefined, as('writer'));
    expect(status).to.equal(403);
    expect(body.detail).to.equal('This needs an API key with scope admin; the key writer has scope write.');
  });

  it('name the actor on the record, and never reach the log', async () => {
    const stages = [{ name: 'Draft' }];
    const { body } = await api.call('POST', '/v1/assignments', { title: 'x', stages }, as('writer'));
    const path = `/v1/stages/${body.stages[0].id}`;
    await api.call('POST', `${path}/activate`, undefined, as('boss'));
    await api.call('POST', `${path}/complete`, undefined, as('writer'));
    const { items } = (await api.call('GET', `${path}/transitions`, undefined, as('reader'))).body;
    expect(items.map(({ actor }: { actor: string }) => actor)).to.deep.equal(['boss', 'writer']);
    expect(JSON.stringify(log.lines)).not.to.contain('secret-of');
  });

  it('are not required at /metrics when it is open', async () => {
    const open = await api.also({ security: { ...security, metricsOpen: true } });
    expect((await open.call('GET', '/metrics')).status).to.equal(200);
    expect((await open.call('GET', '/v1/stages')).status).to.equal(401);
    await open.stop();
  });
});
