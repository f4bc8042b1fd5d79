import { expect } from 'chai';
import { prune } from '../../src/db/prune.ts';
import { inSeconds, type Json, suiteApi } from './support.ts';

describe('lists over HTTP', () => {
  let assignmentId: string;
  const api = suiteApi();
  before(async function () {
    this.timeout(60_000);
    // Many on one instant, some without a start, all three statuses.
    // Each instant is read from the clock once: read per stage, one of them may fall into the next millisecond.
    const [past, future, later] = [inSeconds(-3600), inSeconds(3600), inSeconds(7200)];
    const stages = [
      ...Array.from({ length: 4 }, () => ({ name: 'shared', start_date: future, end_date: later })),
      ...Array.from({ length: 3 }, () => ({ name: 'unplanned' })),
      ...Array.from({ length: 3 }, (_, i) => ({ name: 'active', start_date: inSeconds(-60 - i) })),
      { name: 'completed', start_date: past, end_date: inSeconds(-1800) },
      { name: 'ends with the start of others', start_date: past, end_date: future },
    ];
    assignmentId = (await api.call('POST', '/v1/assignments', { title: 'Many', stages })).body.id;
    for (let i = 0; i < 3; i++) await api.stage({ start_date: future });
  });

  async function pages(path: string, limit: number): Promise<Json[]> {
    const items: Json[] = [];
    for (let cursor = ''; ; ) {
      const { status, body } = await api.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`);
      expect(status).to.equal(200);
      expect(body.items).to.have.length.within(1, limit);
      items.push(...body.items);
      if (body.next_cursor === null) return items;
      cursor = `&cursor=${body.next_cursor}`;
    }
  }

  for (const filter of ['', '?status=pending', '?status=active', 'mine', 'mine&status=pending']) {
    it(`page through stages ${filter || 'of all kinds'}, each once, by start and then id, unplanned ones last`, async () => {
      const path = `/v1/stages${filter.replace('mine', `?assignment_id=${assignmentId}`)}`;
      const all = (await api.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500`)).body.items;
      const inOrder = [...all].sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
      expect(all).to.deep.equal(inOrder);
      for (const limit of [1, 2, 3, 7]) {
        // effective_status is read anew each time; ids tell.
        expect((await pages(path, limit)).map(({ id }) => id)).to.deep.equal(all.map(({ id }: Json) => id));
      }
    });
  }
  const orderOf = (stage: Json) => `${stage.start_date ?? '9999'} ${stage.id}`;

  it('count every stage once', async () => {
    expect((await api.call('GET', '/v1/stages?limit=500')).body.items).to.have.length(15);
    expect((await api.call('GET', '/v1/stages?status=completed')).body.items).to.have.length(1);
    expect((await api.call('GET', `/v1/stages?assignment_id=${assignmentId}`)).body.items).to.have.length(12);
  });

  it('show the schedule by instant and direction, soonest first', async () => {
    const { items } = (await api.call('GET', '/v1/schedule')).body;
    expect(items.map(({ to, stages }: Json) => [to, stages])).to.deep.equal([
      ['active', 7],
      ['completed', 1],
      ['completed', 4],
    ]);
    expect(items[0].at).to.equal(items[1].at);
    for (const limit of [1, 2]) expect(await pages('/v1/schedule', limit)).to.deep.equal(items);
  });

  it('show the record in order to readers that page by id, padded or not', async () => {
    const all = (await api.call('GET', '/v1/transitions?limit=500')).body;
    expect(all.next_cursor).to.equal(null);
    // Five that were active or completed when they were made, one of them twice.
    expect(all.items).to.have.length(6);
    const ids = all.items.map(({ id }: Json) => id);
    expect(ids).to.deep.equal([...ids].sort());
    expect(await pages('/v1/transitions', 2)).to.deep.equal(all.items);
    for (const after of [ids[2], String(Number(ids[2]))]) {
      expect((await api.call('GET', `/v1/transitions?after=${after}`)).body.items).to.deep.equal(all.items.slice(3));
    }
    expect((await api.call('GET', `/v1/transitions?after=${ids[0]}&cursor=${ids[2]}`)).body.items).to.deep.equal(
      all.items.slice(3),
    );
    expect((await api.call('GET', `/v1/transitions?after=${ids.at(-1)}`)).body).to.deep.equal({
      items: [],
      next_cursor: null,
    });
  });

  it('show the whole record, page by page, across ids of different lengths', async () => {
    await api.database
      .em()
      .execute(
        `INSERT INTO stage (assignment_id, name, start_date) SELECT '${assignmentId}', 'many', now() - interval '1 h' FROM generate_series(1, 120)`,
      );
    const ids = (await pages('/v1/transitions', 20)).map((transition) => transition.id);
    const rows = await api.database.em().execute('SELECT id FROM transition ORDER BY id');
    expect(ids.map(Number)).to.deep.equal(rows.map((row: Json) => Number(row.id)));
    expect(ids, 'as strings too').to.deep.equal([...ids].sort());
  });

  it('say so when transitions after a place were pruned, and go on from where they say', async () => {
    const ids: string[] = (await pages('/v1/transitions', 500)).map(({ id }) => id);
    await prune(api.db, String(BigInt(ids[2] as string)));
    for (const query of [`after=${ids[1]}`, `cursor=${ids[0]}`, 'after=1&to=pending']) {
      const { status, body } = await api.call('GET', `/v1/transitions?${query}`);
      expect([status, body.code, body.resume_at], query).to.deep.equal([410, 'events_pruned', ids[2]]);
    }
    for (const query of ['', '&after=0', `&after=${ids[2]}`]) {
      const { items } = (await api.call('GET', `/v1/transitions?limit=500${query}`)).body;
      expect(
        items.map(({ id }: Json) => id),
        query,
      ).to.deep.equal(ids.slice(3));
    }
  });

  it('keep the history of a deleted stage, and have none of a stage that never existed', async () => {
    const { id } = await api.stage({ start_date: inSeconds(-60), end_date: inSeconds(-30) });
    await api.call('DELETE', `/v1/stages/${id}`);
    expect((await api.call('GET', `/v1/stages/${id}/transitions`)).body.items).to.have.length(2);
    const page = (await api.call('GET', `/v1/stages/${id}/transitions?limit=1`)).body;
    const next = await api.call('GET', `/v1/stages/${id}/transitions?cursor=${page.next_cursor}`);
    expect(next.body.items.map(({ to }: Json) => to)).to.deep.equal(['completed']);
    expect((await api.call('GET', '/v1/stages/00000000-0000-4000-8000-000000000000/transitions')).status).to.equal(404);
  });
});
