import { expect } from 'chai';
import { advance } from '../../src/db/leading/advance.ts';
import { type Answer, inSeconds, suiteApi } from '../http/support.ts';
import { eventually } from '../support/wait.ts';

const WAITING = {
  name: 'waiting',
  text: `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
};

// On a real PostgreSQL: an embedded one has one connection, and so no races.
describe('edits at the same time', () => {
  const api = suiteApi();
  const countOf = (answers: Answer[]) => {
    const statuses = answers.map(({ status }) => status);
    return { won: statuses.filter((s) => s === 200).length, stale: statuses.filter((s) => s === 412).length };
  };

  it('of one version have exactly one winner', async () => {
    const { id } = await api.stage();
    for (let round = 1; round <= 10; round++) {
      const tag = { 'if-match': `"${round}"` };
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => api.call('PATCH', `/v1/stages/${id}`, { name: `${round}.${i}` }, tag)),
      );
      expect(countOf(answers)).to.deep.equal({ won: 1, stale: 7 });
    }
    expect((await api.call('GET', `/v1/stages/${id}`)).body.version).to.equal(11);
  });

  it('that are activations of one version have exactly one winner', async () => {
    for (let round = 1; round <= 10; round++) {
      const { id } = await api.stage();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          api.call('POST', `/v1/stages/${id}/activate`, undefined, { 'if-match': '"1"' }),
        ),
      );
      expect(countOf(answers)).to.deep.equal({ won: 1, stale: 7 });
    }
  });

  it('are judged by what was written while they waited', async () => {
    const { id } = await api.stage();
    let waiting: Promise<Answer[]> = Promise.resolve([]);
    await api.database.em().transactional(async (em) => {
      await em.execute(`UPDATE stage SET name = 'somebody was faster' WHERE id = ?`, [id]);
      const tag = { 'if-match': '"1"' };
      waiting = Promise.all([
        api.call('PATCH', `/v1/stages/${id}`, { name: 'late' }, tag),
        api.call('POST', `/v1/stages/${id}/activate`, undefined, tag),
      ]);
      await eventually(async () => {
        expect((await api.db.query<{ n: number }>(WAITING))[0]?.n).to.equal(1);
      });
    });
    expect(countOf(await waiting)).to.deep.equal({ won: 0, stale: 2 });
  });

  it('of one version of an assignment have exactly one winner', async () => {
    const { assignment_id } = await api.stage();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        api.call('PATCH', `/v1/assignments/${assignment_id}`, { title: `T${i}` }, { 'if-match': '"1"' }),
      ),
    );
    expect(countOf(answers)).to.deep.equal({ won: 1, stale: 7 });
  });

  it('without If-Match all win, and none is lost', async () => {
    const { id } = await api.stage();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => api.call('PATCH', `/v1/stages/${id}`, { position: i + 1 })),
    );
    expect(countOf(answers).won).to.equal(8);
    expect((await api.call('GET', `/v1/stages/${id}`)).body.version).to.equal(9);
  });

  it('win against an advance that flips the stage meanwhile', async () => {
    for (let i = 0; i < 10; i++) {
      const { id } = await api.stage({ start_date: inSeconds(0.02) });
      let isEditing = true;
      const flipping = (async () => {
        while (isEditing) await advance(api.db, { term: null, limit: 100, cause: 'timer', instance: 'leader' });
      })();
      const answers = [];
      for (let n = 0; n < 15; n++) answers.push(await api.call('PATCH', `/v1/stages/${id}`, { name: `n${n}` }));
      isEditing = false;
      await flipping;
      expect(countOf(answers).won).to.equal(15);
      while ((await api.call('GET', `/v1/stages/${id}`)).body.status === 'pending') {
        await advance(api.db, { term: null, limit: 100, cause: 'timer', instance: 'leader' });
      }
      expect((await api.call('GET', `/v1/stages/${id}/transitions`)).body.items).to.have.length(1);
    }
  });

  it('that activate or complete have one winner, and the others are told why not', async () => {
    const { id } = await api.stage();
    for (const verb of ['activate', 'complete']) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => api.call('POST', `/v1/stages/${id}/${verb}`)));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409, 409, 409, 409, 409]);
    }
  });

  it('that add stages take different positions', async () => {
    const { assignment_id } = await api.stage();
    const path = `/v1/assignments/${assignment_id}/stages`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.call('POST', path, { name: 'x' })));
    expect(answers.map(({ body }) => body.position).sort()).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('that delete what others edit never fail', async () => {
    for (let i = 0; i < 10; i++) {
      const { id, assignment_id } = await api.stage();
      const answers = await Promise.all([
        api.call('PATCH', `/v1/stages/${id}`, { name: 'x' }),
        api.call('POST', `/v1/assignments/${assignment_id}/stages`, { name: 'y' }),
        api.call('DELETE', `/v1/assignments/${assignment_id}`),
        api.call('DELETE', `/v1/stages/${id}`),
        api.call('PATCH', `/v1/assignments/${assignment_id}`, { title: 'z' }),
      ]);
      for (const { status } of answers) expect(status).to.be.oneOf([200, 201, 204, 404]);
    }
  });
});
