import { expect } from 'chai';
import { pointersOf, suiteApi } from './support.ts';

/** What integrators keep beside a row: their own id of it, a description, metadata. */
for (const kind of ['postgres', 'embedded'] as const) {
  describe(`what is kept beside assignments and stages (${kind})`, () => {
    const api = suiteApi({}, kind);
    const kept = { external_id: 'lms/42 é', description: ' two\nlines ', metadata: { room: 'A 1', 大: '' } };
    const nothing = { external_id: null, description: null, metadata: {} };
    let number = 0;
    const freshId = () => `fresh ${++number}`;

    it('is nothing by default', async () => {
      const { body } = await api.call('POST', '/v1/assignments', { title: 'x', stages: [{ name: 'a' }] });
      expect(body).to.deep.include(nothing);
      expect(body.stages[0]).to.deep.include(nothing);
    });

    it('is shown wherever the row is', async () => {
      const { body } = await api.call('POST', '/v1/assignments', {
        title: 'x',
        ...kept,
        stages: [{ name: 'a', ...kept }],
      });
      expect(body).to.deep.include(kept);
      expect(body.stages[0]).to.deep.include(kept);
      const added = await api.call('POST', `/v1/assignments/${body.id}/stages`, {
        name: 'b',
        ...kept,
        external_id: 'other',
      });
      expect(added.body).to.deep.include({ ...kept, external_id: 'other' });
      expect((await api.call('GET', `/v1/stages/${added.body.id}`)).body).to.deep.equal(added.body);
      const { items } = (await api.call('GET', `/v1/stages?assignment_id=${body.id}`)).body;
      expect(items[0]).to.deep.include(kept);
      expect((await api.call('GET', '/v1/assignments?limit=500')).body.items.at(-1)).to.deep.include(kept);
    });

    for (const what of ['assignment', 'stage']) {
      it(`is edited (${what}): replaced whole, emptied by null, left where it is not named`, async () => {
        const { body } = await api.call('POST', '/v1/assignments', { title: 'x', stages: [{ name: 'a' }] });
        const path = what === 'stage' ? `/v1/stages/${body.stages[0].id}` : `/v1/assignments/${body.id}`;
        const edit = async (fields: object) => (await api.call('PATCH', path, fields)).body;
        const mine = { ...kept, external_id: freshId() };
        expect(await edit(mine)).to.deep.include({ ...mine, version: 2 });
        expect(await edit({ metadata: { 大: '', room: 'A 1' } }), 'another order').to.include({ version: 2 });
        expect(await edit({ metadata: { a: 'b' } })).to.deep.include({ ...mine, metadata: { a: 'b' }, version: 3 });
        expect(await edit({ external_id: null, description: null, metadata: null })).to.deep.include({
          ...nothing,
          version: 4,
        });
        expect(await edit({ metadata: {} })).to.include({ version: 4 });
        const { items } = (await api.call('GET', `${path}/history`)).body;
        const changes = items.map(({ data }: { data: { change: { became: object } } }) => data.change.became);
        expect(changes.at(-1)).to.deep.equal({ external_id: null, description: null, metadata: {} });
        expect(changes.at(-2)).to.deep.equal({ metadata: { a: 'b' } });
      });
    }

    it('names one assignment, and one stage of it', async () => {
      const external_id = freshId();
      const stages = [{ name: 'a', external_id: 'one' }, { name: 'b' }];
      const first = (await api.call('POST', '/v1/assignments', { title: 'x', external_id, stages })).body;
      const second = await api.call('POST', '/v1/assignments', { title: 'y', external_id });
      expect(second.status).to.equal(409);
      expect(second.body.detail).to.contain('Another assignment has this external_id');
      const other = (await api.call('POST', '/v1/assignments', { title: 'y', stages })).body;
      expect((await api.call('PATCH', `/v1/assignments/${other.id}`, { external_id })).status).to.equal(409);
      const clash = await api.call('PATCH', `/v1/stages/${first.stages[1].id}`, { external_id: 'one' });
      expect([clash.status, clash.body.code]).to.deep.equal([409, 'conflict']);
      expect(clash.body.detail).to.contain('Another stage of this assignment has this external_id');
      const added = { name: 'c', external_id: 'one' };
      expect((await api.call('POST', `/v1/assignments/${first.id}/stages`, added)).status).to.equal(409);
    });

    it('is refused where it is too much, each fault at its place', async () => {
      const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, '']));
      const faulty: [fields: object, ...pointers: string[]][] = [
        [{ external_id: '' }, '/external_id'],
        [{ external_id: ' a' }, '/external_id'],
        [{ external_id: '..' }, '/external_id'],
        [{ external_id: 'x'.repeat(201) }, '/external_id'],
        [{ description: 'x'.repeat(5001) }, '/description'],
        [{ description: 'a\0b' }, '/description'],
        [{ metadata: many }, '/metadata'],
        [{ metadata: [] }, '/metadata'],
        [{ metadata: { a: 1, b: 'x'.repeat(501), ['k'.repeat(41)]: '' } }, '/metadata/a'],
        [{ metadata: { b: 'x'.repeat(501), '': 'x' } }, '/metadata/b', '/metadata/'],
        [{ metadata: { a: '\0', '\0': '' } }, '/metadata/a', '/metadata/\0'],
      ];
      const { id } = await api.stage();
      for (const [fields, ...pointers] of faulty) {
        const answer = await api.call('PATCH', `/v1/stages/${id}`, fields);
        expect(answer.status, `${JSON.stringify(fields).slice(0, 60)} ${JSON.stringify(answer.body)}`).to.equal(422);
        expect(pointersOf(answer), JSON.stringify(fields).slice(0, 60)).to.deep.equal(pointers);
      }
      const most = { description: '😀'.repeat(5000), metadata: { ['😀'.repeat(40)]: '😀'.repeat(500) } };
      expect((await api.call('PATCH', `/v1/stages/${id}`, most)).body).to.deep.include({ ...most, version: 2 });
      const proto = await api.call('PATCH', `/v1/stages/${id}`, '{"metadata": {"__proto__": "x"}}');
      expect([proto.status, ...pointersOf(proto)]).to.deep.equal([422, '/metadata/__proto__']);
    });

    it('raises the version for SQL writers as well', async () => {
      const { id } = await api.stage();
      await api.database.em().execute(`UPDATE stage SET metadata = '{"n": {"deep": 1}}' WHERE id = ?`, [id]);
      const { body } = await api.call('GET', `/v1/stages/${id}`);
      expect(body).to.deep.include({ version: 2, metadata: { n: { deep: 1 } } });
    });

    it('moves along when a stage goes to another assignment', async () => {
      const stage = await api.stage({ external_id: 'one' });
      const there = await api.stage({ external_id: 'one' });
      const free = (await api.call('POST', '/v1/assignments', { title: 'free' })).body.id;
      const path = `/v1/stages/${stage.id}`;
      const moved = await api.call('PATCH', path, { assignment_id: free.toUpperCase(), name: 'moved' });
      expect(moved.body).to.include({ assignment_id: free, name: 'moved', external_id: 'one', version: 2 });
      expect((await api.call('PATCH', path, { assignment_id: there.assignment_id })).status).to.equal(409);
      const nowhere = { assignment_id: '00000000-0000-4000-8000-000000000000', end_date: '2030-01-01T00:00:00Z' };
      const lost = await api.call('PATCH', path, nowhere);
      expect([lost.status, ...pointersOf(lost)]).to.deep.equal([422, '/end_date', '/assignment_id']);
      expect((await api.call('GET', `/v1/assignments/${stage.assignment_id}`)).body.stages).to.deep.equal([]);
    });
  });
}
