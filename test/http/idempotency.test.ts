import { expect } from 'chai';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { hashOf } from '../../src/access/secret.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { KeptAnswers } from '../../src/http/kept-answers.ts';
import { eventually } from '../support/wait.ts';
import { type Kind, suiteApi } from './support.ts';

const keyOf = (name: string) => ({ name, scope: 'admin' as const, sha256: hashOf(name) });
const authenticator = apiKeyAuthenticator([keyOf('office'), keyOf('board')]);
const as = (name: string, key: string, more = {}) => ({
  authorization: `Bearer ${name}`,
  'idempotency-key': key,
  ...more,
});

for (const kind of ['postgres', 'embedded'] satisfies Kind[]) {
  describe(`Idempotency-Key on ${kind}`, () => {
    const api = suiteApi({ security: { kind: 'known', authenticator, metricsOpen: false } }, kind);
    const sql = <Row>(text: string) => api.database.query<Row>({ name: '', text });
    const post = (path: string, body: unknown, headers: Record<string, string>) =>
      api.call('POST', path, body, headers);
    const count = async () => (await sql<{ n: number }>('SELECT count(*)::int AS n FROM assignment'))[0]?.n ?? 0;
    const essay = { title: 'Essay', stages: [{ name: 'Draft' }] };
    afterEach(() => sql('DELETE FROM idempotency'));

    it('does it once: the same again gets the same answer, on any instance', async () => {
      const before = await count();
      const first = await post('/v1/assignments', essay, as('office', 'a'));
      const other = await api.also({});
      const again = await other.call('POST', '/v1/assignments', essay, as('office', 'a'));
      await other.stop();
      expect([first.status, first.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
      expect([again.status, again.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
      expect(again.body).to.deep.equal(first.body);
      for (const name of ['etag', 'location', 'content-type']) {
        expect(again.headers.get(name)).to.equal(first.headers.get(name)).and.not.equal(null);
      }
      expect(await count()).to.equal(before + 1);
      const [change] = await sql<{ actor: string }>('SELECT actor FROM change ORDER BY statement DESC LIMIT 1');
      expect(change?.actor).to.equal('office');
    });

    it('is of one caller and of one request', async () => {
      const before = await count();
      await post('/v1/assignments', essay, as('office', 'b'));
      const refused = [
        await post('/v1/assignments', { title: 'Exam' }, as('office', 'b')),
        await post('/v1/scheduler/reconcile', {}, as('office', 'b')),
        await post('/v1/assignments', essay, as('office', 'b', { 'on-behalf-of': 'li' })),
      ];
      expect(refused.map(({ status, body }) => [status, body.code])).to.deep.equal(
        Array(3).fill([422, 'idempotency_key_reused']),
      );
      expect((await post('/v1/assignments', essay, as('board', 'b'))).headers.get('idempotency-replayed')).to.equal(
        null,
      );
      expect(await count()).to.equal(before + 2);
      for (const key of ['', 'x'.repeat(256), 'é']) {
        const { status, body } = await post('/v1/assignments', essay, as('office', key));
        expect([status, body.code], key).to.deep.equal([400, 'malformed_idempotency_key']);
      }
    });

    it('keeps nothing of what failed', async () => {
      const nowhere = '/v1/assignments/00000000-0000-4000-8000-000000000000/stages';
      expect((await post(nowhere, { name: 'x' }, as('office', 'c'))).status).to.equal(404);
      expect((await post('/v1/assignments', { title: '' }, as('office', 'c'))).status).to.equal(422);
      const { status, headers } = await post('/v1/assignments', essay, as('office', 'c'));
      expect([status, headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
    });

    it('is understood by every POST, and by edits of many stages', async () => {
      const { stages, id } = (await post('/v1/assignments', essay, as('office', 'd1'))).body;
      const stage = `/v1/stages/${stages[0].id}`;
      const edit = { edits: [{ id: stages[0].id, name: 'Final' }] };
      const twice = async (method: string, path: string, body: unknown, key: string) => {
        const [one, two] = [
          await api.call(method, path, body, as('office', key)),
          await api.call(method, path, body, as('office', key)),
        ];
        expect([one.status, two.headers.get('idempotency-replayed')], `${method} ${path}`).to.satisfy(
          ([status, replayed]: [number, string]) => status < 300 && replayed === 'true',
        );
        return [one.body, two.body];
      };
      for (const [method, path, body] of [
        ['POST', `/v1/assignments/${id}/stages`, { name: 'More' }],
        ['PATCH', '/v1/stages?dry_run=true', edit],
        ['PATCH', '/v1/stages', edit],
        ['POST', `${stage}/activate`, undefined],
        ['POST', `${stage}/complete`, { reason: 'Done.' }],
        ['POST', '/v1/scheduler/reconcile', undefined],
      ] as const) {
        const [one, two] = await twice(method, path, body, `d ${method} ${path}`.slice(0, 255));
        expect(two).to.deep.equal(one);
      }
      const read = (await api.call('GET', stage, undefined, as('office', ''))).body;
      expect(read).to.include({ name: 'Final', status: 'completed', version: 4 });
      const [made, again] = await twice('POST', '/v1/keys', { name: 'hall', scope: 'read' }, 'd key');
      expect(made.secret).to.be.a('string');
      expect(again).to.deep.equal({ ...made, secret: null });
      await sql('DELETE FROM api_key');
    });

    it('is kept for a day', async () => {
      const answers = new KeptAnswers(api.database, systemClock, silentLog);
      await post('/v1/assignments', essay, as('office', 'e'));
      await sql(`UPDATE idempotency SET created_at = created_at - interval '25 hours' WHERE key = 'e'`);
      const { headers } = await post('/v1/assignments', essay, as('office', 'e'));
      expect(headers.get('idempotency-replayed')).to.equal(null);
      await sql(`UPDATE idempotency SET created_at = created_at - interval '25 hours'`);
      await answers.look();
      answers.stop();
      expect(await sql('SELECT FROM idempotency')).to.deep.equal([]);
    });

    if (kind === 'embedded') return;

    it('is told that the first is still running; and where the first caller has gone, the next one gets the answer', async () => {
      const { id } = (await post('/v1/assignments', essay, as('office', 'f1'))).body;
      const hold = (text: string) => api.db.query({ name: '', text });
      await hold('BEGIN');
      await hold(`SELECT FROM assignment WHERE id = '${id}' FOR UPDATE`);
      const path = `/v1/assignments/${id}/stages`;
      const gone = new AbortController();
      const headers = { ...as('office', 'f2'), 'content-type': 'application/json' };
      const first = fetch(api.url + path, {
        method: 'POST',
        headers,
        body: '{"name": "Late"}',
        signal: gone.signal,
      }).catch(() => null);
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually(async () => expect(await sql(waiting)).to.have.length(1));
      const second = await post(path, { name: 'Late' }, as('office', 'f2'));
      expect([second.status, second.body.code, second.headers.get('retry-after')]).to.deep.equal([
        409,
        'idempotency_in_flight',
        '1',
      ]);
      gone.abort();
      await first;
      await hold('COMMIT');
      await eventually(async () => {
        const third = await post(path, { name: 'Late' }, as('office', 'f2'));
        expect([third.status, third.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
      });
      expect(await sql(`SELECT FROM stage WHERE name = 'Late'`)).to.have.length(1);
    });
  });
}
