import { expect } from 'chai';
import { suiteApi } from './support.ts';

// On both databases: the whole way through once on each.
for (const kind of ['postgres', 'embedded'] as const) {
  describe(`assignments over HTTP (${kind})`, () => {
    const api = suiteApi({}, kind);

    it('are created with their stages, in the order given', async () => {
      const stages = [{ name: 'Proposal', start_date: '2030-01-01T09:00:00+08:00' }, { name: 'Draft' }];
      const answer = await api.call('POST', '/v1/assignments', { title: '  Compilers 😀 ', stages });
      expect(answer.status).to.equal(201);
      expect(answer.headers.get('location')).to.equal(`/v1/assignments/${answer.body.id}`);
      expect(answer.body).to.include({ title: 'Compilers 😀', time_zone: 'UTC', version: 1 });
      expect(answer.body.stages.map((s: { name: string; position: number }) => [s.name, s.position])).to.deep.equal([
        ['Proposal', 0],
        ['Draft', 1],
      ]);
      expect(answer.body.stages[0].start_date).to.equal('2030-01-01T01:00:00.000Z');
      expect((await api.call('GET', `/v1/assignments/${answer.body.id}`)).body).to.deep.equal(answer.body);
    });

    it('are created whole or not at all', async () => {
      const before = await api.call('GET', '/v1/assignments?limit=500');
      const stages = [{ name: 'Good' }, { name: '' }];
      expect((await api.call('POST', '/v1/assignments', { title: 'Half', stages })).status).to.equal(422);
      expect((await api.call('GET', '/v1/assignments?limit=500')).body).to.deep.equal(before.body);
    });

    it('keep every character of a title', async () => {
      for (const title of ["O'Reilly \\ ? ?? $1", '大作业', 'a\nb', '"; DROP TABLE stage; --', '😀'.repeat(200)]) {
        const { body } = await api.call('POST', '/v1/assignments', { title });
        expect(body.title).to.equal(title);
      }
    });

    it('are renamed and re-zoned, and an edit that changes nothing keeps the version', async () => {
      const { body } = await api.call('POST', '/v1/assignments', { title: 'Old' });
      const path = `/v1/assignments/${body.id}`;
      const edited = await api.call('PATCH', path, { title: 'New', time_zone: 'Asia/Shanghai' });
      expect(edited.body).to.include({ title: 'New', time_zone: 'Asia/Shanghai', version: 2 });
      expect(edited.headers.get('etag')).to.match(/^"2\.[\w-]{16}"$/);
      expect((await api.call('PATCH', path, { title: 'New' })).body.version).to.equal(2);
      expect((await api.call('PATCH', path, {})).body.version).to.equal(2);
      expect((await api.call('PATCH', path, { title: 'x' }, { 'if-match': '"1"' })).status).to.equal(412);
      expect((await api.call('DELETE', path, undefined, { 'if-match': '"1"' })).status).to.equal(412);
    });

    it('are deleted with their stages', async () => {
      const stage = await api.stage();
      const path = `/v1/assignments/${stage.assignment_id}`;
      expect((await api.call('DELETE', path)).status).to.equal(204);
      expect((await api.call('GET', path)).status).to.equal(404);
      expect((await api.call('GET', `/v1/stages/${stage.id}`)).status).to.equal(404);
      expect((await api.call('DELETE', path)).status).to.equal(404);
    });

    it('are listed page by page, each once, the newest last', async () => {
      for (let i = 0; i < 5; i++) await api.call('POST', '/v1/assignments', { title: `No ${i}` });
      const all = (await api.call('GET', '/v1/assignments?limit=500')).body.items;
      const paged = [];
      for (let cursor = ''; ; ) {
        const { body } = await api.call('GET', `/v1/assignments?limit=2${cursor}`);
        paged.push(...body.items);
        if (body.next_cursor === null) break;
        cursor = `&cursor=${body.next_cursor}`;
      }
      expect(paged).to.deep.equal(all);
      expect(all.at(-1).title).to.equal('No 4');
    });

    it('finish requests that come all at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => api.call('POST', '/v1/assignments', { title: `At once ${i}` })),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(20).fill(201));
    });
  });
}
