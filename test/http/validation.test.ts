import { expect } from 'chai';
import { timeZone } from '../../src/http/schema/time-zone.ts';
import { pointersOf, suiteApi } from './support.ts';

describe('what a client sends', () => {
  const api = suiteApi();
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
    // Abbreviations are different zones in different programs.
    for (const time_zone of ['+08:00', '', 'Nowhere/Land', '-1', 'BST', 'AST', 'EST5EDT', 'CET', 'Japan', 'UTC+8']) {
      expect((await post({ title: 'x', time_zone })).status, time_zone).to.equal(422);
    }
    expect((await post({ title: 'x', time_zone: 'GMT' })).body.errors[0].detail).to.contain('write UTC');
  });

  it('may name every zone that PostgreSQL knows with its area, links too, and it is stored as PostgreSQL writes it', async () => {
    const names = await api.db.query<{ name: string }>({
      name: 'zones',
      text: `SELECT name FROM pg_timezone_names WHERE name LIKE '%/%' AND name !~ '^(posix|right|SystemV)/'`,
    });
    expect(names).to.have.length.above(400);
    for (const { name } of names) expect(timeZone.safeParse(name.toLowerCase()).data).to.equal(name);
  });

  it('may have 500 stages at once and no more', async () => {
    const stages = Array.from({ length: 501 }, (_, i) => ({ name: `S${i}` }));
    expect(pointersOf(await post({ title: 'x', stages }))).to.deep.equal(['/stages']);
    const { body } = await post({ title: 'x', stages: stages.slice(1) });
    expect(body.stages.map((s: { name: string }) => s.name)).to.deep.equal(stages.slice(1).map((s) => s.name));
  });

  it('is told of dates of a wrong type, whatever they are', async () => {
    for (const [start_date, end_date] of [
      [1e17, 1],
      [1, 2],
      [-1e300, 'x'],
      [true, 5],
      [{}, 0],
      [[], []],
      [0.5, null],
    ]) {
      const answer = await post({ title: 'x', stages: [{ name: 'a', start_date, end_date }] });
      expect([answer.status, pointersOf(answer)[0]]).to.deep.equal([422, '/stages/0/start_date']);
      const { id } = await api.stage();
      expect((await api.call('PATCH', `/v1/stages/${id}`, { start_date, end_date })).status).to.equal(422);
    }
  });

  it('is told of its first hundred faults, and how many there are', async () => {
    const answer = await post(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field_${i}`, i])));
    expect(answer.body.detail).to.equal('The request has 5001 faults. The first 100 are in errors.');
    expect(answer.body.errors).to.have.length(100);
  });

  it('is told of names that it gives twice, however they are spelt', async () => {
    const stage = '{"name": "a", "n\\u0061me": "b", "position": 1, "position": 2}';
    const answer = await post(`{"title": "x", "title": "y", "stages": [{"name": "c"}, ${stage}]}`);
    expect(answer.status).to.equal(422);
    expect(pointersOf(answer)).to.deep.equal(['/title', '/stages/1/name', '/stages/1/position']);
    expect(answer.body.errors[0].detail).to.equal('is given more than once');
  });

  it('is not done if anything in it is not understood', async () => {
    const { id, assignment_id } = await api.stage();
    const refused = async (code: number, method: string, path: string, body?: unknown, headers = {}) => {
      const answer = await api.call(method, path, body, headers);
      expect([method, path, answer.status]).to.deep.equal([method, path, code]);
      return answer;
    };
    const dry = await refused(422, 'DELETE', `/v1/stages/${id}?dry_run=true`);
    expect(dry.body.errors[0]).to.deep.equal({
      pointer: '/dry_run',
      detail: 'is not a parameter here; there is only reason',
    });
    await refused(422, 'DELETE', `/v1/assignments/${assignment_id}?dry_run=true`);
    await refused(422, 'DELETE', `/v1/assignments/${assignment_id}`, { dry_run: true });
    await refused(422, 'POST', `/v1/stages/${id}/activate?at=2030-01-01T00:00:00Z`);
    await refused(422, 'POST', `/v1/stages/${id}/activate`, { at: '2030-01-01T00:00:00Z' });
    await refused(422, 'POST', `/v1/stages/${id}/complete`, [1]);
    await refused(415, 'POST', `/v1/stages/${id}/complete`, 'at=1', { 'content-type': 'text/plain' });
    await refused(422, 'POST', '/v1/scheduler/reconcile', { dry_run: true });
    await refused(422, 'POST', '/v1/assignments?dry_run=true', { title: 'x' });
    await refused(422, 'PATCH', `/v1/stages/${id}?dry_run=true`, { name: 'other' });
    await refused(422, 'GET', `/v1/stages/${id}?at=2030-01-01T00:00:00Z`);
    await refused(400, 'POST', '/v1/assignments', { title: 'x' }, { 'if-match': '"1"' });
    await refused(
      400,
      'PATCH',
      `/v1/stages/${id}`,
      { name: 'x' },
      { 'if-unmodified-since': 'Tue, 01 Dec 2026 09:00:00 GMT' },
    );
    const thousand = Array.from({ length: 1200 }, (_, i) => `limit${i}=1`).join('&');
    expect((await refused(422, 'GET', `/v1/stages?${thousand}`)).body.detail).to.contain('1200 faults');
    const { body } = await api.call('GET', `/v1/stages/${id}`);
    expect(body).to.include({ name: 'Draft', status: 'pending', version: 1 });
    // What says nothing is not refused.
    for (const nothing of [{}, 'null', '']) {
      expect((await api.call('POST', '/v1/scheduler/reconcile', nothing)).status).to.equal(200);
    }
    expect((await api.call('GET', '/livez?verbose=1')).status).to.equal(200);
  });

  it('may not set derived fields', async () => {
    const { id } = await api.stage();
    for (const field of ['status', 'version', 'id', 'created_at', '__proto__']) {
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
    const twice = await api.call('GET', '/v1/stages?status=active&status=pending');
    expect(twice.body.errors).to.deep.equal([{ pointer: '/status', detail: 'is given more than once' }]);
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
