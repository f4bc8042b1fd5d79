import { expect } from 'chai';
import { raiseAlert, resolveAlert } from '../../src/db/alerts.ts';
import { type Json, type Kind, suiteApi } from './support.ts';

for (const kind of ['postgres', 'embedded'] as const satisfies readonly Kind[]) {
  describe(`Alerts over HTTP on ${kind}`, () => {
    const api = suiteApi({}, kind);
    const get = (path: string) => api.call('GET', path);
    const kinds = async (query: string): Promise<string[]> =>
      (await get(`/v1/alerts?${query}`)).body.items.map(({ kind, subject }: Json) => kind + subject);
    before(async () => {
      for (const [i, subject] of ['a', 'b', 'c', 'd'].entries()) {
        const alert = {
          kind: i < 3 ? 'webhook' : 'redis',
          subject,
          severity: 'warning',
          cause: 'x',
          cure: 'y',
        } as const;
        await raiseAlert(api.db, alert, 'web.1', 60_000 - i * 1000, true);
      }
      await resolveAlert(api.db, { kind: 'webhook', subject: 'b' }, 'web.2', 0, null);
    });

    it('are listed, the latest first: those that are open, unless others are asked for', async () => {
      expect(await kinds('')).to.deep.equal(['redisd', 'webhookc', 'webhooka']);
      expect(await kinds('state=resolved')).to.deep.equal(['webhookb']);
      expect(await kinds('state=all&kind=webhook')).to.deep.equal(['webhookc', 'webhookb', 'webhooka']);
      const first = (await get('/v1/alerts?state=all&limit=3')).body;
      expect(first.items).to.have.length(3);
      expect(await kinds(`state=all&limit=3&cursor=${first.next_cursor}`)).to.deep.equal(['webhooka']);
      const { status, body } = await get(`/v1/alerts/${first.items[2].id}`);
      expect([status, body]).to.deep.equal([200, first.items[2]]);
      expect(body).to.include({ subject: 'b', raised_by: 'web.1', resolved_by: 'web.2' });
      expect(Date.parse(body.resolved_at) - Date.parse(body.raised_at)).to.be.within(58_000, 62_000);
    });

    it('that are not there are 404, and what is not understood is 422', async () => {
      expect((await get('/v1/alerts/00000000-0000-4000-8000-000000000000')).status).to.equal(404);
      for (const query of ['state=closed', 'kind=No', 'cursor=x', 'limit=0', 'subject=a']) {
        expect((await get(`/v1/alerts?${query}`)).status, query).to.equal(422);
      }
    });
  });
}
