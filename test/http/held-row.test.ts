import { expect } from 'chai';
import { suiteApi } from './support.ts';

describe('a row that somebody holds', () => {
  const api = suiteApi();

  it('costs its own edits two seconds and a 503, and other requests nothing', async function () {
    this.timeout(20_000);
    const [held, other] = [await api.stage(), await api.stage()];
    const edit = (id: string, name: string) => api.call('PATCH', `/v1/stages/${id}`, { name });
    let answered = 0;
    await api.database.em().transactional(async (em) => {
      await em.execute('SELECT FROM stage WHERE id = ? FOR UPDATE', [held.id]);
      const waiting = Array.from({ length: 30 }, (_, i) =>
        edit(held.id, `draft ${i}`).then((answer) => {
          answered += 1;
          return answer;
        }),
      );
      const others = await Promise.all([
        ...Array.from({ length: 10 }, () => api.call('GET', `/v1/stages/${held.id}`)),
        edit(other.id, 'other'),
      ]);
      expect(others.map(({ status }) => status)).to.deep.equal(Array.from(others, () => 200));
      expect(answered, 'answers that did not wait').to.equal(0);
      const sinceMs = performance.now();
      // A transaction that says nothing for long is taken for abandoned.
      while (answered < waiting.length) await em.execute('SELECT pg_sleep(0.05)');
      expect(performance.now() - sinceMs, 'milliseconds until the last of them gave up').to.be.below(5000);
      for (const { status, body, headers } of await Promise.all(waiting)) {
        expect([status, body.code, headers.get('retry-after')]).to.deep.equal([503, 'database_busy', '1']);
      }
    });
    expect((await edit(held.id, 'final')).status).to.equal(200);
  });
});
