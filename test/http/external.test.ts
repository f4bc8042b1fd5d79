import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Database } from '../../src/db/database.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { clusterUrl } from '../support/postgres.ts';
import { type Answer, inSeconds, type Json, pointersOf, suiteApi, type TestApi } from './support.ts';

/** Assignments that a platform keeps in step with its own, by its own ids. */
for (const kind of ['postgres', 'embedded'] as const) {
  describe(`PUT /v1/assignments/external/{external_id} (${kind})`, () => {
    const api = suiteApi({}, kind);

    let number = 0;
    const freshId = () => `course ${++number}/${kind} é`;
    const pathOf = (id: string) => `/v1/assignments/external/${encodeURIComponent(id)}`;
    const put = (id: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
      api.call('PUT', pathOf(id), body, headers);
    const events = async (): Promise<Json[]> => (await api.call('GET', '/v1/events?limit=500')).body.items;
    const essay = (more: object = {}) => ({
      title: 'Essay',
      time_zone: 'Asia/Shanghai',
      stages: [
        { external_id: 'draft', name: 'Draft', start_date: '2030-01-01T00:00:00Z', end_date: '2030-02-01T00:00:00Z' },
        { external_id: 'final', name: 'Final', metadata: { weight: '3', a: 'b' } },
      ],
      ...more,
    });
    const shown = ({ changes: _, ...assignment }: Json) => assignment;

    it('creates, and changes nothing when the same is sent again', async () => {
      const id = freshId();
      const first = await put(id, { ...essay(), reason: 'sync' });
      expect(first.status).to.equal(201);
      expect(first.headers.get('location')).to.equal(`/v1/assignments/${first.body.id}`);
      expect(first.body).to.deep.include({ external_id: id, title: 'Essay', time_zone: 'Asia/Shanghai', version: 1 });
      expect(first.body.stages.map((s: Json) => [s.external_id, s.position])).to.deep.equal([
        ['draft', 0],
        ['final', 1],
      ]);
      const ids = first.body.stages.map((s: Json) => s.id);
      expect(first.body.changes).to.deep.equal({
        assignment: 'created',
        stages: { created: ids, edited: [], deleted: [], unchanged: 0 },
      });
      const before = await events();
      expect(before.at(-1).data.change.reason).to.equal('sync');
      const [draft, final] = essay().stages;
      // Other spellings of the same.
      const same = {
        ...essay(),
        stages: [
          { ...final, metadata: { a: 'b', weight: '3' } },
          { ...draft, start_date: '2030-01-01T08:00:00+08:00' },
        ],
      };
      const second = await put(id, same);
      expect(second.status).to.equal(200);
      expect(second.body.changes).to.deep.equal({
        assignment: 'unchanged',
        stages: { created: [], edited: [], deleted: [], unchanged: 2 },
      });
      expect(shown(second.body)).to.deep.equal(shown(first.body));
      expect(second.headers.get('etag')).to.equal(first.headers.get('etag'));
      expect(await events()).to.deep.equal(before);
      expect((await api.call('GET', pathOf(id))).body).to.deep.equal(shown(first.body));
    });

    it('edits what differs, adds what is new, and leaves what is not named as it is', async () => {
      const id = freshId();
      const { body } = await put(id, essay({ description: 'kept' }));
      const byHand = (await api.call('POST', `/v1/assignments/${body.id}/stages`, { name: 'by hand' })).body;
      const next = await put(id, {
        title: 'Essay 2',
        stages: [
          { external_id: 'draft', name: 'Draft', start_date: inSeconds(-60) },
          { external_id: 'new', name: 'New', description: null },
        ],
      });
      expect(next.status).to.equal(200);
      const [draft, final, hand, added] = next.body.stages;
      expect(next.body).to.include({ title: 'Essay 2', time_zone: 'Asia/Shanghai', description: 'kept', version: 2 });
      expect(draft).to.include({ status: 'active', end_date: '2030-02-01T00:00:00.000Z', version: 2 });
      expect([final, hand]).to.deep.equal([body.stages[1], byHand]);
      expect(added).to.include({ external_id: 'new', position: 3 });
      expect(next.body.changes).to.deep.equal({
        assignment: 'edited',
        stages: { created: [added.id], edited: [draft.id], deleted: [], unchanged: 0 },
      });
    });

    it('deletes missing stages only if told to, and never those without an external_id', async () => {
      const id = freshId();
      const { body } = await put(id, essay());
      await api.call('POST', `/v1/assignments/${body.id}/stages`, { name: 'by hand' });
      const stages = [{ external_id: 'final', name: 'Final' }];
      expect((await put(id, essay({ stages }))).body.stages).to.have.length(3);
      const gone = await put(id, essay({ stages, delete_missing: true }));
      expect(gone.body.changes).to.deep.equal({
        assignment: 'unchanged',
        stages: { created: [], edited: [], deleted: [body.stages[0].id], unchanged: 1 },
      });
      expect(gone.body.stages.map(({ name }: Json) => name)).to.deep.equal(['Final', 'by hand']);
      const unsaid = await put(id, { title: 'x', delete_missing: true });
      expect([unsaid.status, ...pointersOf(unsaid)]).to.deep.equal([422, '/delete_missing']);
    });

    it('is done whole or not at all, and reports all faults at once', async () => {
      const id = freshId();
      const { body } = await put(id, essay());
      const wrong = await put(id, {
        title: 'never',
        stages: [
          { external_id: 'draft', name: 'Draft', start_date: '2031-01-01T00:00:00Z' },
          { external_id: 'other', name: 'Other', end_date: '2031-01-01T00:00:00Z' },
        ],
      });
      expect([wrong.status, ...pointersOf(wrong)]).to.deep.equal([422, '/stages/0/start_date', '/stages/1/end_date']);
      const formless = await put(id, {
        external_id: 'another',
        stages: [{ name: 'x' }, { external_id: 'a', name: 'a' }, { external_id: 'a', name: 'b', status: 'active' }],
      });
      expect(formless.status).to.equal(422);
      expect(pointersOf(formless)).to.have.members([
        ...['/title', '/stages/0/external_id', '/stages/2/external_id', '/stages/2/status'],
      ]);
      const elsewhere = await put(id, { title: 'x', external_id: 'another' });
      expect([elsewhere.status, ...pointersOf(elsewhere)]).to.deep.equal([422, '/external_id']);
      expect((await put(id, essay({ external_id: id }))).body.changes.assignment).to.equal('unchanged');
      for (const odd of [' a', 'a\n', 'x'.repeat(201)]) expect((await put(odd, essay())).status, odd).to.equal(422);
      expect((await api.call('GET', pathOf('a\0'))).status).to.equal(404);
      expect((await api.call('GET', pathOf('nobody'))).status).to.equal(404);
      expect((await api.call('GET', pathOf(id))).body).to.deep.equal(shown(body));
    });

    it('may be named as other paths are', async () => {
      for (const id of ['stages', 'history', '%', 'a?b#c', 'external']) {
        expect([id, (await put(id, essay())).status]).to.deep.equal([id, 201]);
        expect((await api.call('GET', pathOf(id))).body.external_id).to.equal(id);
      }
    });

    it('honours If-Match: the version, or the ETag that covers the stages', async () => {
      const id = freshId();
      const missing = await put(id, essay(), { 'if-match': '*' });
      expect([missing.status, missing.body.code]).to.deep.equal([412, 'stale_version']);
      const first = await put(id, essay());
      const etag = first.headers.get('etag') ?? '';
      await api.call('PATCH', `/v1/stages/${first.body.stages[0].id}`, { name: 'other' });
      const stale = await put(id, essay({ title: 'b' }), { 'if-match': etag });
      expect(stale.status).to.equal(412);
      const current = (await api.call('GET', pathOf(id))).headers.get('etag') ?? '';
      expect(stale.body.detail).to.contain(current);
      expect((await put(id, essay({ title: 'c' }), { 'if-match': '"1"' })).status).to.equal(200);
      expect((await put(id, essay({ title: 'd' }), { 'if-match': '"1"' })).status).to.equal(412);
    });

    it('creates one assignment when many requests do it at once, on several instances', async function () {
      this.timeout(20_000);
      // Of one process they would take turns before they come to the database.
      const database = kind === 'postgres' ? await sameDatabase(api) : api.database;
      const other = await api.also({ instance: 'other', database });
      for (const [n, id] of Array.from({ length: 6 }, freshId).entries()) {
        // As after an upgrade, until the indexes are built.
        if (n === 3 && kind === 'postgres') {
          await api.db.query({ name: '', text: 'DROP INDEX assignment_by_external_id, stage_by_external_id' });
        }
        const bodies = Array.from({ length: 4 }, (_, n) => {
          const stages = [
            { external_id: 'a', name: `by ${n}` },
            { external_id: `only ${n}`, name: 'x' },
          ];
          return essay({ title: `by ${n}`, stages });
        });
        const answers = await Promise.all(
          bodies.map((body, n) => (n % 2 === 0 ? api : other).call('PUT', pathOf(id), body)),
        );
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 200, 200, 201]);
        const { body } = await api.call('GET', pathOf(id));
        expect(body.stages).to.have.length(5);
        expect(body.stages.find((s: Json) => s.external_id === 'a').name).to.equal(body.title);
      }
      await other.stop();
      if (database !== api.database) await database.close();
    });
  });
}

/** As another process would have it. */
async function sameDatabase({ db }: TestApi): Promise<Database> {
  const [row] = await db.query<{ name: string }>({ name: '', text: 'SELECT current_database() AS name' });
  const url = new URL(await clusterUrl());
  url.pathname = `/${row?.name}`;
  const database = new PostgresDatabase(url.href, systemClock, silentLog);
  await database.connect();
  return database;
}
