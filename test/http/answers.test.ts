import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { inSeconds, type Json, suiteApi } from './support.ts';

/** What goes for answers of every kind: tags, compression, links. */
describe('answers over HTTP', () => {
  const api = suiteApi();

  const etagOf = async (path: string) => (await api.call('GET', path)).headers.get('etag') ?? '';
  const again = (path: string, tag: string) => api.call('GET', path, undefined, { 'if-none-match': tag });

  it('of an assignment have a tag that covers its stages', async () => {
    const stage = await api.stage({ start_date: inSeconds(3600) });
    const path = `/v1/assignments/${stage.assignment_id}`;
    const tags = [await etagOf(path)];
    const step = async (method: string, at: string, body?: object) => {
      expect((await api.call(method, at, body)).status).to.be.below(300);
      const tag = await etagOf(path);
      expect(tags, `${method} ${at}`).not.to.include(tag);
      const answer = await again(path, tags.at(-1) ?? '');
      expect(answer.status).to.equal(200);
      expect((await again(path, `"0", W/${tag}`)).status).to.equal(304);
      tags.push(tag);
    };
    await step('PATCH', path, { title: 'other' });
    await step('PATCH', `/v1/stages/${stage.id}`, { name: 'other' });
    await step('POST', `/v1/stages/${stage.id}/activate`);
    await step('POST', `${path}/stages`, { name: 'second' });
    await step('DELETE', `/v1/stages/${stage.id}`);
    const patch = (tag: string) => api.call('PATCH', path, { title: `at ${tag}` }, { 'if-match': tag });
    const stale = await patch(tags.at(-2) ?? '');
    expect(stale.status).to.equal(412);
    expect(stale.body.detail).to.contain(`If-Match: ${tags.at(-1)}`);
    const edited = await patch(tags.at(-1) ?? '');
    expect(edited.status).to.equal(200);
    expect(edited.headers.get('etag')).to.equal(await etagOf(path));
    expect((await patch('"3"')).status, 'its own version will do').to.equal(200);
    expect((await patch(`W/${await etagOf(path)}`)).status, 'weak').to.equal(412);
    const remove = async (tag: string) => (await api.call('DELETE', path, undefined, { 'if-match': tag })).status;
    expect(await remove(tags.at(-1) ?? '')).to.equal(412);
    expect(await remove(await etagOf(path))).to.equal(204);
  });

  it('of an assignment are sent in full while a transition is being applied', async () => {
    const stage = await api.stage({ start_date: inSeconds(3600) });
    await api.database.em().transactional(async (em) => {
      await em.execute(`SELECT set_config('stagebell.advance', 'on', true)`);
      await em.execute(`UPDATE stage SET start_date = clock_timestamp() - interval '1 s' WHERE id = ?`, [stage.id]);
    });
    const path = `/v1/assignments/${stage.assignment_id}`;
    expect((await again(path, await etagOf(path))).status).to.equal(200);
  });

  it('that are lists are not sent again while nothing in them changes', async () => {
    const stage = await api.stage({ start_date: inSeconds(3600) });
    for (const path of [
      `/v1/stages?assignment_id=${stage.assignment_id}`,
      '/v1/assignments',
      '/v1/transitions',
      '/v1/events',
      '/v1/schedule',
    ]) {
      const tag = await etagOf(path);
      expect(tag, path).to.match(/^W\/"[\w-]+"$/);
      expect((await again(path, tag)).status, path).to.equal(304);
    }
    const path = `/v1/stages?assignment_id=${stage.assignment_id}`;
    const tag = await etagOf(path);
    await api.call('PATCH', `/v1/stages/${stage.id}`, { name: 'other' });
    expect((await again(path, tag)).status).to.equal(200);
  });

  it('name the next page in a Link, which has the other parameters too', async () => {
    for (let i = 0; i < 3; i++) await api.stage({ external_id: 'linked & more' });
    const seen: string[] = [];
    let path: string | undefined = '/v1/stages?limit=1&external_id=linked+%26+more&status=pending,active';
    while (path !== undefined) {
      const { body, headers }: { body: Json; headers: Headers } = await api.call('GET', path);
      seen.push(...body.items.map(({ id }: Json) => id));
      path = /^<(\/v1\/stages\?[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(path === undefined).to.equal(body.next_cursor === null);
    }
    expect(new Set(seen).size).to.equal(3);
    expect(seen).to.have.length(3);
  });

  /** As it comes over the wire. */
  const raw = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer; status: number }>((resolve, reject) => {
      request(api.url + path, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ headers: response.headers, body: Buffer.concat(chunks), status: response.statusCode ?? 0 }),
        );
      })
        .on('error', reject)
        .end();
    });

  it('that are large are compressed for clients that accept it', async () => {
    const stages = Array.from({ length: 40 }, (_, i) => ({ name: `阶段 ${i}`, external_id: `${i}` }));
    const { id } = (await api.call('POST', '/v1/assignments', { title: 'Large', stages })).body;
    const path = `/v1/assignments/${id}`;
    const plain = await raw(path);
    expect(plain.headers['content-encoding']).to.equal(undefined);
    for (const accepted of ['gzip', 'deflate, gzip;q=0.5, *;q=0.1']) {
      const zipped = await raw(path, { 'accept-encoding': accepted });
      expect(zipped.headers).to.include({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect(zipped.headers['content-type']).to.equal(plain.headers['content-type']);
      expect(zipped.headers['content-length']).to.equal(String(zipped.body.length));
      expect(zipped.body.length).to.be.below(plain.body.length / 4);
      expect(gunzipSync(zipped.body).equals(plain.body)).to.equal(true);
      // Other bytes, another strong tag; either names what is there.
      const tag = String(zipped.headers['etag']);
      expect(tag).to.equal(`${String(plain.headers['etag']).slice(0, -1)}-gzip"`);
      // A cache finds what it keeps by the tag of the 304.
      for (const [kept, encoding] of [
        [tag, accepted],
        [String(plain.headers['etag']), 'identity'],
      ] as const) {
        const known = await raw(path, { 'accept-encoding': encoding, 'if-none-match': kept });
        expect([known.status, known.headers['etag'], known.headers['vary']]).to.deep.equal([
          304,
          kept,
          'Accept-Encoding',
        ]);
      }
      expect((await api.call('PATCH', path, { title: 'Large' }, { 'if-match': tag })).status).to.equal(200);
    }
    for (const refused of ['identity', 'gzip;q=0', 'br']) {
      expect((await raw(path, { 'accept-encoding': refused })).headers['content-encoding'], refused).to.equal(
        undefined,
      );
    }
    const list = await raw('/v1/stages?limit=500', { 'accept-encoding': 'gzip' });
    expect(list.headers['content-encoding']).to.equal('gzip');
    const small = await raw('/v1/stages?limit=1', { 'accept-encoding': 'gzip' });
    expect(small.headers['content-encoding']).to.equal(undefined);
    // The ETag of a stage is its version, whatever its size.
    const stage = await api.stage({ description: 'x'.repeat(5000) });
    const { headers } = await raw(`/v1/stages/${stage.id}`, { 'accept-encoding': 'gzip' });
    expect([headers['etag'], headers['content-encoding']]).to.deep.equal(['"1"', undefined]);
  });
});
