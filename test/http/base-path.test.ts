import { expect } from 'chai';
import { PREFIX, startReverseProxy } from '../support/reverse-proxy.ts';
import { client, suiteApi } from './support.ts';

describe('A service behind a path', () => {
  const api = suiteApi({ basePath: PREFIX });

  for (const keeps of [true, false]) {
    it(`says where things are from outside, if the proxy ${keeps ? 'keeps' : 'removes'} the path`, async () => {
      const proxy = await startReverseProxy(api.url, { keeps });
      const { origin } = new URL(proxy.url);
      const call = client(origin);
      try {
        const created = await call('POST', `${PREFIX}/v1/assignments`, { title: 'A', stages: [{ name: 'B' }] });
        expect(created.headers.get('location')).to.equal(`${PREFIX}/v1/assignments/${created.body.id}`);
        const found = await call('GET', created.headers.get('location') ?? '');
        expect(found.body).to.deep.equal(created.body);
        await call('POST', `${PREFIX}/v1/assignments`, { title: 'C' });
        const page = await call('GET', `${PREFIX}/v1/assignments?limit=1`);
        const [, next = ''] = /^<(\S+)>; rel="next"$/.exec(page.headers.get('link') ?? '') ?? [];
        expect(next).to.equal(`${PREFIX}/v1/assignments?limit=1&cursor=${page.body.next_cursor}`);
        expect((await call('GET', next)).body.items).to.have.lengthOf(1);
        const { servers, paths } = (await call('GET', `${PREFIX}/openapi.json`)).body;
        expect([servers[0].url, '/v1/assignments' in paths]).to.deep.equal([PREFIX, true]);
        expect((await call('GET', `${PREFIX}/docs`)).body).to.contain('swagger-ui-bundle.js');
        expect((await call('GET', `${PREFIX}/v1/stages/${'0'.repeat(8)}`)).status).to.equal(404);
      } finally {
        await proxy.close();
      }
    });
  }

  it('answers probes without the path, and takes no other path for its own', async () => {
    expect((await api.call('GET', '/livez')).status).to.equal(200);
    expect((await api.call('GET', `${PREFIX}/livez?probe=1`)).status).to.equal(200);
    for (const path of [PREFIX, `${PREFIX}?x=1`, `${PREFIX}s/livez`, `${PREFIX}${PREFIX}`]) {
      expect((await api.call('GET', path)).body.detail, path).to.equal('There is nothing at this path.');
    }
  });
});
