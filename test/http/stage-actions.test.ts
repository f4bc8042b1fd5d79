import { expect } from 'chai';
import { inSeconds, suiteApi } from './support.ts';

describe('activate and complete over HTTP', () => {
  const api = suiteApi();
  const act = async (id: string, verb: string, headers = {}) =>
    api.call('POST', `/v1/stages/${id}/${verb}`, undefined, headers);

  it('move the dates to now, and the status with them', async () => {
    const { id } = await api.stage();
    const activated = await act(id, 'activate');
    expect(activated.status).to.equal(200);
    expect(activated.headers.get('etag')).to.equal('"2"');
    expect(activated.body).to.include({ status: 'active', effective_status: 'active' });
    const completed = await act(id, 'complete');
    expect(completed.body).to.include({ status: 'completed', effective_status: 'completed', next_transition: null });
    expect(Date.parse(completed.body.end_date)).to.be.above(Date.parse(activated.body.start_date));
  });

  it('succeed every time, however quickly one follows the other', async () => {
    for (let i = 0; i < 30; i++) {
      const { id } = await api.stage({ start_date: inSeconds(3600) });
      expect((await act(id, 'activate')).body.status).to.equal('active');
      expect((await act(id, 'complete')).body.status).to.equal('completed');
    }
  });

  it('are on the record as edits, in order and never early', async () => {
    const { id } = await api.stage({ start_date: inSeconds(3600) });
    await act(id, 'activate');
    await act(id, 'complete');
    const { items } = (await api.call('GET', `/v1/stages/${id}/transitions`)).body;
    expect(items.map((t: { from: string; to: string; cause: string }) => [t.from, t.to, t.cause])).to.deep.equal([
      ['pending', 'active', 'edit'],
      ['active', 'completed', 'edit'],
    ]);
    for (const transition of items) {
      expect(transition.lateness_ms).to.be.at.least(0);
      expect(transition).to.include({ instance: 'test', actor: null, term: null });
    }
  });

  it('are refused where they make no sense', async () => {
    const pending = await api.stage({ start_date: inSeconds(3600), end_date: inSeconds(7200) });
    const active = await api.stage({ start_date: inSeconds(-60) });
    const completed = await api.stage({ start_date: inSeconds(-60), end_date: inSeconds(-30) });
    for (const [stage, verb] of [
      [pending, 'complete'],
      [active, 'activate'],
      [completed, 'activate'],
      [completed, 'complete'],
    ] as const) {
      const answer = await act(stage.id, verb);
      expect([stage.status, verb, answer.status, answer.body.code]).to.deep.equal([
        stage.status,
        verb,
        409,
        'conflict',
      ]);
    }
  });

  it('honour If-Match before anything else', async () => {
    const { id } = await api.stage();
    expect((await act(id, 'complete', { 'if-match': '"7"' })).status).to.equal(412);
    expect((await act(id, 'activate', { 'if-match': '"1"' })).status).to.equal(200);
    expect((await act('00000000-0000-4000-8000-000000000000', 'activate')).status).to.equal(404);
    expect((await act('nonsense', 'activate')).status).to.equal(404);
  });
});
