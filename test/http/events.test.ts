import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { type Answer, inSeconds, type Json, suiteApi } from './support.ts';

const SECRET = 'secret-of-the-office';
const sha256 = createHash('sha256').update(SECRET).digest();

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`Events and histories (${kind})`, () => {
    const api = suiteApi({}, kind);

    const get = (path: string): Promise<Answer> => api.call('GET', path);
    const end = async (): Promise<string> => {
      let after = '0';
      for (;;) {
        const { body } = await get(`/v1/events?limit=500&after=${after}`);
        after = body.read_to;
        if (body.next_cursor === null) return after;
      }
    };
    const typesOf = (answer: Answer): string[] => answer.body.items.map(({ type }: Json) => type);

    it('tell each transition and each change once, in order, the same at every reading', async () => {
      const after = await end();
      const stage = await api.stage({ start_date: inSeconds(-60), end_date: inSeconds(3600) });
      await api.call('PATCH', `/v1/stages/${stage.id}`, {
        name: 'Essay',
        start_date: inSeconds(60),
        reason: 'the room was taken',
      });
      await api.call('DELETE', `/v1/assignments/${stage.assignment_id}?reason=over`);
      const all = await get(`/v1/events?after=${after}`);
      expect(typesOf(all)).to.deep.equal([
        'assignment.created',
        'stage.created',
        'stage.activated',
        'stage.edited',
        'stage.postponed',
        'assignment.deleted',
        'stage.deleted',
      ]);
      const ids = all.body.items.map(({ id }: Json) => id);
      expect([...ids].sort()).to.deep.equal(ids);
      const [, , activated, edited] = all.body.items;
      expect(edited.data).to.include({ assignment_id: stage.assignment_id, stage_id: stage.id });
      expect(edited.data.change).to.include({ reason: 'the room was taken', instance: 'test', actor: null });
      expect(edited.data.change.was).to.deep.equal({ name: 'Draft', start_date: stage.start_date });
      expect(activated.id).to.equal(activated.data.transition.id);
      expect(activated.timestamp).to.equal(activated.data.transition.occurred_at);

      // One at a time they are the same.
      let from = after;
      for (const event of all.body.items) {
        const { body } = await get(`/v1/events?limit=1&after=${from}`);
        expect(body.items).to.deep.equal([event]);
        from = body.next_cursor ?? event.id;
      }
      expect((await get(`/v1/events?after=${from}`)).body)
        .to.include({ next_cursor: null })
        .and.deep.include({ items: [] });
    });

    it('tell up to where nothing is missing, also where little or nothing of what is asked for was found', async () => {
      const after = await end();
      const one = await api.stage();
      await api.call('PATCH', `/v1/stages/${one.id}`, { name: 'x' });
      const first = (await get(`/v1/events?types=stage.edited&limit=1&after=${after}`)).body;
      expect(first.read_to > first.items[0].id).to.equal(true);
      expect(await end()).to.equal(first.read_to);
      const none = (await get(`/v1/events?types=stage.deleted&after=${first.read_to}`)).body;
      expect(none).to.deep.equal({ items: [], next_cursor: null, read_to: first.read_to });
      await api.call('DELETE', `/v1/stages/${one.id}`);
      const page = (await get(`/v1/events?limit=1&after=${after}`)).body;
      expect(page.read_to, 'more is to come: the last one of the page').to.equal(page.items[0].id);
      expect(typesOf(await get(`/v1/events?types=stage.deleted&after=${first.read_to}`))).to.deep.equal([
        'stage.deleted',
      ]);
    });

    it('tell the end of the record, and refuse what lies behind it: the record was restored', async () => {
      const { items, next_cursor, read_to } = (await get('/v1/events?after=latest')).body;
      expect([items, next_cursor, read_to]).to.deep.equal([[], null, await end()]);
      const ahead = await get(`/v1/events?after=${String(BigInt(read_to.slice(0, 19)) + 5n)}`);
      expect([ahead.status, ahead.body.code, ahead.body.resume_at]).to.deep.equal([410, 'events_ahead', read_to]);
      expect((await get('/v1/stages/01a21e7a-3c1b-7768-8120-08ec67382b43/history?cursor=latest')).status).to.equal(422);
    });

    it('are filtered by type, assignment and stage', async () => {
      const after = await end();
      const [one, two] = [await api.stage({ start_date: inSeconds(-60) }), await api.stage()];
      await api.call('PATCH', `/v1/stages/${two.id}`, { name: 'x' });
      const types = async (query: string) => typesOf(await get(`/v1/events?after=${after}&${query}`));
      expect(await types('types=stage.edited,stage.activated')).to.deep.equal(['stage.activated', 'stage.edited']);
      expect(await types('types=stage.created&limit=1')).to.deep.equal(['stage.created']);
      expect(await types(`stage_id=${one.id}`)).to.deep.equal(['stage.created', 'stage.activated']);
      expect(await types(`assignment_id=${two.assignment_id}`)).to.deep.equal([
        'assignment.created',
        'stage.created',
        'stage.edited',
      ]);
      expect(await types(`assignment_id=${two.assignment_id}&stage_id=${one.id}`)).to.deep.equal([]);
    });

    it('refuse what is not an id or a type, and say what would be valid', async () => {
      const faults = async (query: string) =>
        (await get(`/v1/events?${query}`)).body.errors?.map(({ pointer }: Json) => pointer);
      expect(await faults('after=x')).to.deep.equal(['/after']);
      expect(await faults('after=1-2-3')).to.deep.equal(['/after']);
      expect(await faults('types=stage.moved')).to.deep.equal(['/types']);
      expect(await faults('types=')).to.deep.equal(['/types']);
      expect(await faults('assignment_id=1')).to.deep.equal(['/assignment_id']);
      expect(await faults('after=1-1&types=stage.edited')).to.equal(undefined);
    });

    it('of one stage and of one assignment outlive it', async () => {
      const stage = await api.stage({ start_date: inSeconds(-60) });
      await api.call('DELETE', `/v1/assignments/${stage.assignment_id}`);
      expect(typesOf(await get(`/v1/stages/${stage.id}/history`))).to.deep.equal([
        'stage.created',
        'stage.activated',
        'stage.deleted',
      ]);
      const first = await get(`/v1/assignments/${stage.assignment_id}/history?limit=3`);
      expect(typesOf(first)).to.deep.equal(['assignment.created', 'stage.created', 'stage.activated']);
      const rest = await get(`/v1/assignments/${stage.assignment_id}/history?cursor=${first.body.next_cursor}`);
      expect(typesOf(rest)).to.deep.equal(['assignment.deleted', 'stage.deleted']);
      for (const list of ['stages', 'assignments']) {
        expect((await get(`/v1/${list}/01a21e7a-3c1b-7768-8120-08ec67382b43/history`)).status).to.equal(404);
      }
    });

    it('of a stage that went to another assignment are in both histories', async () => {
      const [one, two] = [await api.stage(), await api.stage()];
      await api.db.query({ name: '', text: 'UPDATE stage SET assignment_id = $2 WHERE id = $1' }, [
        one.id,
        two.assignment_id,
      ]);
      for (const assignment of [one.assignment_id, two.assignment_id]) {
        const { body } = await get(`/v1/assignments/${assignment}/history`);
        expect(body.items.at(-1).data.change.was).to.deep.equal({ assignment_id: one.assignment_id });
      }
    });

    it('have a reason on every writing call', async () => {
      const { body } = await api.call('POST', '/v1/assignments', { title: 'x', stages: [{ name: 's' }], reason: 'r1' });
      const [{ id }] = body.stages;
      await api.call('PATCH', `/v1/assignments/${body.id}`, { title: 'y', reason: 'r2' });
      await api.call('POST', `/v1/assignments/${body.id}/stages`, { name: 't', reason: 'r3' });
      await api.call('POST', `/v1/stages/${id}/activate`, { reason: 'r4' });
      await api.call('POST', `/v1/stages/${id}/complete`, { reason: ' r5 ' });
      await api.call('DELETE', `/v1/stages/${id}?reason=r6`);
      await api.call('DELETE', `/v1/assignments/${body.id}?reason=r7`);
      const history = await get(`/v1/assignments/${body.id}/history`);
      const reasons = history.body.items.flatMap(({ data }: Json) => data.change?.reason ?? []);
      expect([...new Set(reasons)]).to.deep.equal(['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']);
      const long = await api.call('PATCH', `/v1/assignments/${body.id}`, { reason: 'x'.repeat(501) });
      expect(long.body.errors[0]).to.deep.equal({ pointer: '/reason', detail: 'must have at most 500 characters' });
    });

    it('name the key, and the user on whose behalf it acts', async () => {
      const keys = await api.also({
        security: {
          kind: 'known',
          authenticator: apiKeyAuthenticator([{ name: 'office', scope: 'write', sha256 }]),
          metricsOpen: true,
        },
      });
      const as = (user: string) =>
        keys.call(
          'POST',
          '/v1/assignments',
          { title: 'x', stages: [{ name: 's', start_date: inSeconds(-1) }] },
          {
            authorization: `Bearer ${SECRET}`,
            'on-behalf-of': user,
          },
        );
      const { status, body } = await as('%E6%9D%8E%E4%BC%9F');
      expect(status, JSON.stringify(body)).to.equal(201);
      const { items } = (await get(`/v1/assignments/${body.id}/history`)).body;
      for (const { data } of items) expect((data.change ?? data.transition).actor).to.equal('office:李伟');
      for (const user of ['%', '%00', '', 'x'.repeat(201), '%ff']) {
        const { status, body } = await as(user);
        expect([status, body.code], user).to.deep.equal([400, 'malformed_on_behalf_of']);
      }
      await keys.stop();
      // Nobody is taken for a key of that name.
      const open = await api.call('POST', '/v1/assignments', { title: 'x' }, { 'on-behalf-of': 'office' });
      const history = await get(`/v1/assignments/${open.body.id}/history`);
      expect(history.body.items[0].data.change.actor).to.equal('anonymous:office');
    });
  });
}
