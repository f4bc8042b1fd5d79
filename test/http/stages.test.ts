import { expect } from 'chai';
import { inSeconds, suiteApi } from './support.ts';

describe('a stage over HTTP', () => {
  const api = suiteApi();

  it('is shown with its status, what comes next, and its version as the ETag', async () => {
    const end = inSeconds(3600);
    const { id } = await api.stage({ start_date: inSeconds(-60), end_date: end });
    const { status, headers, body } = await api.call('GET', `/v1/stages/${id}`);
    expect(status).to.equal(200);
    expect(headers.get('etag')).to.equal('"1"');
    expect(body).to.include({ status: 'active', effective_status: 'active', version: 1, end_date: end });
    expect(body.next_transition).to.deep.equal({ to: 'completed', at: end });
    expect(Object.keys(body)).to.have.members(
      'id external_id assignment_id name description metadata position start_date end_date status effective_status next_transition version created_at updated_at'.split(
        ' ',
      ),
    );
  });

  it('follows an edit of its dates in the same transaction', async () => {
    const { id } = await api.stage({ start_date: inSeconds(-60), end_date: inSeconds(-30) });
    const path = `/v1/stages/${id}`;
    expect((await api.call('GET', path)).body.status).to.equal('completed');
    expect((await api.call('PATCH', path, { end_date: inSeconds(60) })).body.status).to.equal('active');
    expect((await api.call('PATCH', path, { start_date: inSeconds(30) })).body.status).to.equal('pending');
    expect((await api.call('PATCH', path, { start_date: null, end_date: null })).body).to.include({
      status: 'pending',
      start_date: null,
      end_date: null,
      version: 4,
    });
  });

  it('keeps its version through an edit that changes nothing', async () => {
    const stage = await api.stage({ start_date: '2030-01-01T00:00:00Z' });
    const same = { name: 'Draft', position: 0, start_date: '2030-01-01T08:00:00+08:00', end_date: null };
    const answer = await api.call('PATCH', `/v1/stages/${stage.id}`, same);
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal(stage);
  });

  it('is judged by its dates as they will be, stored ones included', async () => {
    const { id } = await api.stage({ start_date: '2030-01-01T00:00:00Z', end_date: '2030-01-02T00:00:00Z' });
    const faultOf = async (body: unknown) => {
      const answer = await api.call('PATCH', `/v1/stages/${id}`, body);
      expect(answer.status).to.equal(422);
      return answer.body.errors[0];
    };
    expect(await faultOf({ end_date: '2030-01-01T00:00:00Z' })).to.deep.equal({
      pointer: '/end_date',
      detail: 'must be later than start_date, which is 2030-01-01T00:00:00.000Z',
    });
    expect((await faultOf({ start_date: '2030-01-03T00:00:00Z' })).detail).to.match(
      /^must be earlier than end_date, .* too$/,
    );
    expect((await faultOf({ start_date: null })).detail).to.contain('set end_date to null too');
    expect((await api.call('GET', `/v1/stages/${id}`)).body.version).to.equal(1);
  });

  it('is added last, or at the given position', async () => {
    const { assignment_id } = await api.stage();
    const path = `/v1/assignments/${assignment_id}/stages`;
    const added = await api.call('POST', path, { name: 'Review' });
    expect(added.status).to.equal(201);
    expect(added.body.position).to.equal(1);
    expect(added.headers.get('location')).to.equal(`/v1/stages/${added.body.id}`);
    expect((await api.call('POST', path, { name: 'First', position: 0 })).body.position).to.equal(0);
    const nowhere = '/v1/assignments/00000000-0000-4000-8000-000000000000/stages';
    expect((await api.call('POST', nowhere, { name: 'Lost' })).status).to.equal(404);
  });

  it('honours If-Match: a list, a star, never a weak tag', async () => {
    const { id } = await api.stage();
    const patch = async (tag: string, name: string) =>
      (await api.call('PATCH', `/v1/stages/${id}`, { name }, { 'if-match': tag })).status;
    expect(await patch('"1"', 'a')).to.equal(200);
    expect(await patch('"1"', 'b')).to.equal(412);
    expect(await patch('W/"2"', 'b')).to.equal(412);
    expect(await patch('"1", "2"', 'b')).to.equal(200);
    expect(await patch('*', 'c')).to.equal(200);
    expect(await patch('4', 'd')).to.equal(400);
    expect((await api.call('DELETE', `/v1/stages/${id}`, undefined, { 'if-match': '"1"' })).status).to.equal(412);
    expect((await api.call('DELETE', `/v1/stages/${id}`, undefined, { 'if-match': '"4"' })).status).to.equal(204);
    expect(await patch('*', 'e')).to.equal(404);
  });

  it('is not sent again to a client that has it', async () => {
    const { id } = await api.stage();
    const answer = await api.call('GET', `/v1/stages/${id}`, undefined, { 'if-none-match': 'W/"1"' });
    expect(answer.status).to.equal(304);
    expect(answer.body).to.equal('');
    expect((await api.call('GET', `/v1/stages/${id}`, undefined, { 'if-none-match': '"2"' })).status).to.equal(200);
  });

  it('is sent in full while its transition is being applied, whatever the client has', async () => {
    const { id } = await api.stage({ start_date: inSeconds(3600) });
    // As if an instant had passed while nobody led: the triggers are told to stand aside.
    await api.database.em().transactional(async (em) => {
      await em.execute(`SELECT set_config('stagebell.advance', 'on', true)`);
      await em.execute(`UPDATE stage SET start_date = clock_timestamp() - interval '1 s' WHERE id = ?`, [id]);
    });
    const answer = await api.call('GET', `/v1/stages/${id}`, undefined, { 'if-none-match': '"1"' });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.include({ status: 'pending', effective_status: 'active' });
    expect(answer.body.next_transition.to).to.equal('active');
  });
});
