import { expect } from 'chai';
import { DOCS_PAGE } from '../../src/http/pages/docs-page.ts';
import { suiteApi } from './support.ts';

describe('/docs', () => {
  const api = suiteApi();

  it('serves its files, compressed, with types, and again only if they have changed', async () => {
    for (const [path, { type }] of DOCS_PAGE) {
      const whole = await fetch(api.url + path, { headers: { 'accept-encoding': 'identity' } });
      const short = await fetch(api.url + path, { headers: { 'accept-encoding': 'gzip' } });
      expect([path, short.headers.get('content-type')]).to.deep.equal([path, type]);
      expect(await short.text()).to.equal(await whole.text());
      expect(short.headers.get('content-encoding'), path).to.equal(type === 'image/png' ? null : 'gzip');
      const tag = short.headers.get('etag') ?? '';
      const known = await api.call('GET', path, undefined, { 'if-none-match': tag, 'accept-encoding': 'gzip' });
      expect([known.status, known.headers.get('etag')], path).to.deep.equal([304, tag]);
      expect((await api.call('HEAD', path)).status, path).to.equal(200);
    }
  });

  it('allows no script but its own, and asks no other host', async () => {
    const { headers, body } = await api.call('GET', '/docs');
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split(';').map((rule) => {
        const [name = '', ...values] = rule.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(policy.get('default-src')).to.equal("'none'");
    expect([policy.get('script-src'), policy.get('connect-src')]).to.deep.equal(["'self'", "'self'"]);
    expect(body).not.to.match(/https?:|<script>|style=| on\w+=/);
  });

  it('serves nothing else of the package, and to a ROLE=clock nothing at all', async () => {
    for (const file of ['package.json', 'index.html', 'swagger-ui.js', '..%2fpackage.json', 'swagger-ui.css.map']) {
      expect((await api.call('GET', `/docs/${file}`)).status, file).to.equal(404);
    }
    const clock = await api.also({ role: 'clock' });
    const { status } = await clock.call('GET', '/docs');
    await clock.stop();
    expect(status).to.equal(404);
  });

  it('has one address, and is only read', async () => {
    const slash = await fetch(`${api.url}/docs/`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).to.deep.equal([308, '../docs']);
    const { status, headers } = await api.call('POST', '/docs', {});
    expect([status, headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, OPTIONS']);
  });
});
