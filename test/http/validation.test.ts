import { expect } from 'chai';
import { pointersOf, startApi, type TestApi } from './support.ts';

describe('what a client sends', () => {
  let api: TestApi;
  before(async function () {
    this.timeout(60_000);
    api = await startApi();
  });
  after(() => api.stop());
  const post = (body: unknown) => api.call('POST', '/v1/assignments', body);

  it('is told all its faults at once, each at its place', async () => {
    const answer = await post({
      titl: 'x',
      time_zone: '+08:00',
      stages: [
        { name: 'a', start_date: 1 },
        { name: '', start_date: '2030-01-02T00:00:00Z', end_date: '2030-01-01T00:00:00Z' },
        { name: 'c', position: -1, 'a/b~c': 1 },
      ],
    });
    expect(answer.status).to.equal(422);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(pointersOf(answer)).to.have.members([
      '/title',
      '/time_zone',
      '/stages/0/start_date',
      '/stages/1/name',
      '/stages/1/end_date',
      '/stages/2/position',
      '/stages/2/a~1b~0c',
      '/titl',
    ]);
    expect(answer.body.errors.at(-1).detail).to.contain('did you mean title?');
  });

  it('may have a title of 200 characters and no more', async () => {
    expect((await post({ title: '😀'.repeat(200) })).status).to.equal(201);
    for (const title of ['😀'.repeat(201), '', '   ', 'a\0b', '\ud800', 7, null]) {
      expect((await post({ title })).status, JSON.stringify(title)).to.equal(422);
    }
  });

  it('may name time zones, and is helped with their spelling', async () => {
    for (const time_zone of ['UTC', 'Asia/Shanghai', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires', 'Etc/GMT+8']) {
      expect((await post({ title: 'x', time_zone })).body.time_zone).to.equal(time_zone);
    }
    expect((await post({ title: 'x', time_zone: 'europe/berlin' })).body.time_zone).to.equal('Europe/Berlin');
    const wrong = await post({ title: 'x', time_zone: 'Asia/Shangai' });
    expect(wrong.body.errors[0].detail).to.contain('did you mean Asia/Shanghai?');
    for (const time_zone of ['+08:00', '', 'Nowhere/Land', '-1']) {
      expect((await post({ title: 'x', time_zone })).status, time_zone).to.equal(422);
    }
  });

  it('may bring 500 stages at once and no more', async () => {
    const stages = Array.from({ length: 501 }, (_, i) => ({ name: `S${i}` }));
    expect(pointersOf(await post({ title: 'x', stages }))).to.deep.equal(['/stages']);
    const { body } = await post({ title: 'x', stages: stages.slice(1) });
    expect(body.stages.map((s: { name: string }) => s.name)).to.deep.equal(stages.slice(1).map((s) => s.name));
  });

  it('may not set what follows from the rest', async () => {
    const { id } = await api.stage();
    for (const field of ['status', 'version', 'id', 'assignment_id', '__proto__']) {
      const answer = await api.call('PATCH', `/v1/stages/${id}`, `{"${field}": "active"}`);
      expect([field, answer.status, ...pointersOf(answer)]).to.deep.equal([field, 422, `/${field}`]);
    }
  });

  it('may ask for pages of 1 to 500, with parameters that exist', async () => {
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=x',
      'limit=',
      'limit=1&limit=2',
      'statuss=active',
      'status=done',
      'assignment_id=7',
      'cursor=e30',
    ]) {
      expect((await api.call('GET', `/v1/stages?${query}`)).status, query).to.equal(422);
    }
    expect((await api.call('GET', '/v1/stages?limit=500')).status).to.equal(200);
    for (const after of ['x', '-1', '9223372036854775808']) {
      expect((await api.call('GET', `/v1/transitions?after=${after}`)).status, after).to.equal(422);
    }
  });

  it('may not use the cursor of another list', async () => {
    await api.stage();
    await api.stage();
    const { body } = await api.call('GET', '/v1/assignments?limit=1');
    const answer = await api.call('GET', `/v1/stages?cursor=${body.next_cursor}`);
    expect(answer.status).to.equal(422);
    expect(answer.body.errors[0]).to.deep.equal({
      pointer: '/cursor',
      detail: 'is not a cursor of this list: use next_cursor as it was given, or leave it out',
    });
  });
});
