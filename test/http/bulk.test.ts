import { expect } from 'chai';
import { type Answer, inSeconds, type Json, pointersOf, suiteApi } from './support.ts';

/** Many edits in one request. */
for (const kind of ['postgres', 'embedded'] as const) {
  describe(`PATCH /v1/stages (${kind})`, () => {
    const api = suiteApi({}, kind);

    async function someStages(n: number, fields: object = {}): Promise<Json[]> {
      const stages = Array.from({ length: n }, (_, i) => ({ name: `s${i}`, ...fields }));
      return (await api.call('POST', '/v1/assignments', { title: 'Bulk', stages })).body.stages;
    }
    const bulk = (edits: unknown, more: object = {}, query = ''): Promise<Answer> =>
      api.call('PATCH', `/v1/stages${query}`, { edits, ...more }, { 'on-behalf-of': 'li.wei' });
    const read = async (id: string): Promise<Json> => (await api.call('GET', `/v1/stages/${id}`)).body;
    const eventsAfter = async (id: string): Promise<Json[]> =>
      (await api.call('GET', `/v1/events?limit=500&after=${id}`)).body.items;
    const lastEvent = async (): Promise<string> => (await eventsAfter('0')).at(-1)?.id ?? '0';

    it('edits many, each as PATCH would, and answers before and after of each in the order of the edits', async () => {
      const [a, b, c] = await someStages(3, { start_date: inSeconds(60), end_date: inSeconds(120) });
      const last = await lastEvent();
      const edits = [
        { id: c.id, start_date: inSeconds(-60), metadata: { k: 'v' }, if_match: '"1"' },
        { id: a.id.toUpperCase(), name: 'other', end_date: null, if_match: '1' },
        { id: b.id, name: b.name },
      ];
      const answer = await bulk(edits, { reason: 'strike' });
      expect(answer.status).to.equal(200);
      const { items } = answer.body;
      expect(items.map(({ before }: Json) => before)).to.deep.equal([c, a, b]);
      for (const { after } of items) expect(after).to.deep.equal(await read(after.id));
      expect(items[0].after).to.deep.include({ status: 'active', version: 2, metadata: { k: 'v' }, name: 's2' });
      expect(items[1].after).to.deep.include({ name: 'other', end_date: null, version: 2 });
      expect(items[2].after).to.deep.equal(b);
      const events = await eventsAfter(last);
      expect(events.map(({ type }) => type).sort()).to.deep.equal(['stage.activated', 'stage.edited', 'stage.edited']);
      const changes = events.filter(({ type }) => type === 'stage.edited').map(({ data }) => data.change);
      for (const change of changes) expect(change).to.include({ reason: 'strike', actor: 'anonymous:li.wei' });
      expect(new Set(changes.map(({ batch }) => batch)).size).to.equal(1);
    });

    it('does and shows everything in a dry run, and undoes it', async () => {
      const [a, b] = await someStages(2, { start_date: inSeconds(60) });
      const last = await lastEvent();
      const edits = [
        { id: a.id, start_date: inSeconds(-5), name: 'x' },
        { id: b.id, assignment_id: (await api.stage()).assignment_id },
      ];
      const { status, body } = await bulk(edits, {}, '?dry_run=true');
      expect(status).to.equal(200);
      expect(body.items[0]).to.deep.include({ before: a });
      expect(body.items[0].after).to.include({ status: 'active', name: 'x', version: 2 });
      expect(body.items[1].after.assignment_id).to.equal(edits[1]?.assignment_id);
      expect([await read(a.id), await read(b.id)]).to.deep.equal([a, b]);
      expect((await eventsAfter(last)).filter(({ data }) => data.stage_id === a.id)).to.deep.equal([]);
      const faulty = await bulk([{ id: a.id, end_date: inSeconds(1) }], {}, '?dry_run=true');
      expect([faulty.status, ...pointersOf(faulty)]).to.deep.equal([422, '/edits/0/end_date']);
      expect((await bulk([], {}, '?dry_run=yes')).status).to.equal(422);
    });

    it('is done whole or not at all, and reports all faults at once', async () => {
      const [a, b, c] = await someStages(3, { start_date: inSeconds(60) });
      const unknown = '00000000-0000-4000-8000-000000000000';
      const good = { id: a.id, name: 'never' };
      const dates = { id: b.id, end_date: inSeconds(30) };
      const expectFaults = async (edits: unknown[], ...wanted: (number | string)[]) => {
        const answer = await bulk(edits);
        expect([answer.status, ...pointersOf(answer)]).to.deep.equal(wanted);
        return answer.body;
      };
      await expectFaults(
        [good, dates, { id: c.id, assignment_id: unknown }],
        422,
        '/edits/1/end_date',
        '/edits/2/assignment_id',
      );
      const stale = await expectFaults(
        [good, { ...dates, if_match: '"9"' }, { id: c.id, if_match: 'W/"1"' }],
        ...[412, '/edits/1/if_match', '/edits/1/end_date', '/edits/2/if_match'],
      );
      expect(stale).to.include({ code: 'stale_version', detail: 'The request has 3 faults. See errors.' });
      expect(stale.errors[0].detail).to.contain('"1" now');
      const missing = await expectFaults(
        [{ id: unknown }, { ...dates, if_match: '"9"' }, good],
        404,
        '/edits/0/id',
        '/edits/1/if_match',
        '/edits/1/end_date',
      );
      expect(missing.code).to.equal('not_found');
      await expectFaults(
        [good, { id: a.id }, { name: 'x' }, { id: c.id, if_match: 'x', nam: 'y', start_date: 'soon' }],
        ...[422, '/edits/2/id', '/edits/3/if_match', '/edits/3/start_date', '/edits/3/nam', '/edits/1/id'],
      );
      await expectFaults(
        Array.from({ length: 1001 }, () => good),
        422,
        '/edits',
      );
      expect([await read(a.id), await read(b.id), await read(c.id)]).to.deep.equal([a, b, c]);
      expect((await bulk([])).body).to.deep.equal({ items: [] });
      const clash = await bulk([a, b].map(({ id }) => ({ id, external_id: 'same' })));
      expect([clash.status, clash.body.code]).to.deep.equal([409, 'conflict']);
      expect((await api.call('PATCH', '/v1/stages', { edits: [good] }, { 'if-match': '"1"' })).status).to.equal(400);
    });

    it('lets stages exchange their external ids, within an assignment and between two', async () => {
      const [a, b, c] = await someStages(3);
      const [elsewhere] = await someStages(1);
      const ids = async () => Promise.all([a, b, c, elsewhere].map(async ({ id }) => (await read(id)).external_id));
      const name = (...wanted: string[]) => bulk([a, b, c].map(({ id }, i) => ({ id, external_id: wanted[i] })));
      await name('x', 'y', 'z');
      await bulk([{ id: elsewhere.id, external_id: 'x' }]);
      const last = await lastEvent();
      expect((await name('y', 'z', 'x')).status).to.equal(200);
      expect(await ids()).to.deep.equal(['y', 'z', 'x', 'x']);
      const events = await eventsAfter(last);
      expect(events.filter(({ data }) => data.stage_id === a.id).map(({ data }) => data.change.became)).to.deep.equal([
        { external_id: null },
        { external_id: 'y' },
      ]);
      // They change places, and keep their ids.
      const places = [c, elsewhere].map(({ id }, i) => ({ id, assignment_id: [elsewhere, c][i]?.assignment_id }));
      expect((await bulk(places)).status).to.equal(200);
      expect(await ids()).to.deep.equal(['y', 'z', 'x', 'x']);
      expect((await read(c.id)).assignment_id).to.equal(elsewhere.assignment_id);
      // One that nobody gives up is still taken.
      expect((await bulk([{ id: a.id, external_id: 'z' }])).status).to.equal(409);
    });

    it('edits a thousand in a few statements', async function () {
      this.timeout(30_000);
      const stages = [...(await someStages(500)), ...(await someStages(500))];
      const edits = stages.map(({ id }, i) => ({
        id,
        if_match: '"1"',
        start_date: inSeconds(3600 + i),
        name: `n${i}`,
      }));
      const { status, body } = await bulk(edits);
      expect(status).to.equal(200);
      expect(body.items.map(({ after }: Json) => [after.id, after.name, after.version])).to.deep.equal(
        stages.map(({ id }, i) => [id, `n${i}`, 2]),
      );
      const again = await bulk(edits);
      expect([again.status, again.body.errors.length]).to.deep.equal([412, 100]);
      expect(again.body.detail).to.equal('The request has 1000 faults. The first 100 are in errors.');
    });

    it('never fails because another request edits the same stages in another order', async () => {
      const stages = await someStages(40);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => {
          const mine = n % 2 === 0 ? stages : [...stages].reverse();
          return bulk(mine.map(({ id }) => ({ id, name: `by ${n}` })));
        }),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(12).fill(200));
      const names = await Promise.all(stages.map(async ({ id }) => (await read(id)).name));
      expect(new Set(names).size, 'all of the last one').to.equal(1);
      expect((await read(stages[0].id)).version).to.equal(13);
    });
  });
}
