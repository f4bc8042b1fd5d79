import { expect } from 'chai';
import ICAL from 'ical.js';
import { MOST_STAGES } from '../../src/calendar/feed.ts';
import { inSeconds, type Json, type Kind, suiteApi, type TestApi } from './support.ts';

interface Shown {
  name: string;
  status: string;
  sequence: number;
}

for (const kind of ['postgres', 'embedded'] satisfies Kind[]) {
  describe(`Calendars on ${kind}`, () => {
    const api = suiteApi({}, kind);

    const pathOf = ({ url }: Json): string => url.slice(api.url.length);
    async function tokenFor(assignmentId: string | null): Promise<Json> {
      const body = { name: 'Class 3', assignment_id: assignmentId };
      const created = await api.call('POST', '/v1/calendar-tokens', body);
      expect(created.status).to.equal(201);
      return created.body;
    }

    it('show the stages of an assignment, and what becomes of them', async () => {
      const { id, assignment_id } = await api.stage({ start_date: inSeconds(3600), end_date: inSeconds(7200) });
      await api.call('POST', `/v1/assignments/${assignment_id}/stages`, { name: 'Not planned' });
      await api.stage({ start_date: inSeconds(60) });
      const token = await tokenFor(assignment_id);
      const path = pathOf(token);
      expect(path).to.equal(`/v1/assignments/${assignment_id}/calendar.ics?token=${token.token}`);
      const draft = { name: 'Draft - Essay', status: 'CONFIRMED', sequence: 1 };
      expect(await read(api, path)).to.deep.equal({ [id]: draft });
      await api.call('PATCH', `/v1/stages/${id}`, { name: 'Final', start_date: inSeconds(1800) });
      expect(await read(api, path)).to.deep.equal({ [id]: { ...draft, name: 'Final - Essay', sequence: 2 } });
      await api.call('DELETE', `/v1/stages/${id}`);
      const { [id]: gone } = await read(api, path);
      expect(gone).to.include({ name: 'Final - Essay', status: 'CANCELLED' });
      expect(gone?.sequence).to.be.greaterThan(1000);
      await api.call('DELETE', `/v1/assignments/${assignment_id}`);
      expect(await read(api, path)).to.deep.equal({ [id]: gone });
      await api.db.query({ name: '', text: `UPDATE change SET changed_at = changed_at - interval '31 days'` });
      expect(await read(api, path)).to.deep.equal({});
    });

    it('are read again only if something has changed, and kept by nobody but the reader', async () => {
      const { assignment_id } = await api.stage({ start_date: inSeconds(3600) });
      const path = pathOf(await tokenFor(assignment_id));
      const { headers } = await api.call('GET', path);
      expect(headers.get('content-type')).to.equal('text/calendar; charset=utf-8');
      expect(headers.get('cache-control')).to.contain('private');
      const known = { 'if-none-match': headers.get('etag') ?? '' };
      expect((await api.call('GET', path, undefined, known)).status).to.equal(304);
      await api.call('PATCH', `/v1/assignments/${assignment_id}`, { title: 'Novel' });
      expect((await api.call('GET', path, undefined, known)).status).to.equal(200);
    });

    it('open to their own token, at once no longer on any instance when it is revoked, and say nothing else', async () => {
      const [{ assignment_id }, other] = [await api.stage(), await api.stage()];
      const [token, all, others] = [
        await tokenFor(assignment_id),
        await tokenFor(null),
        await tokenFor(other.assignment_id),
      ];
      const another = await api.also({});
      const own = `/v1/assignments/${assignment_id}/calendar.ics`;
      const look = async (path: string) => (await another.call('GET', path)).body;
      expect(await look(pathOf(token))).to.contain('BEGIN:VCALENDAR');
      expect(await look(pathOf(all))).to.contain('BEGIN:VCALENDAR');
      expect((await api.call('DELETE', `/v1/calendar-tokens/${token.id}`)).status).to.equal(204);
      expect((await api.call('DELETE', `/v1/calendar-tokens/${token.id}`)).status).to.equal(204);
      for (const path of [
        pathOf(token),
        own,
        `${own}?token=`,
        `${own}?token=${others.token}`,
        `${own}?token=${all.token}`,
        `${own}?token=${all.token.slice(0, -1)}`,
        `/v1/calendar.ics?token=${token.token}`,
        `/v1/calendar.ics?token=${others.token}`,
      ]) {
        const { status, code, detail } = await look(path);
        expect([status, code, detail], path).to.deep.equal([404, 'not_found', 'There is no calendar at this address.']);
      }
      await another.stop();
    });

    it('list their tokens, without what they are, and when each was used', async () => {
      const { assignment_id } = await api.stage();
      const { token, url, ...shown } = await tokenFor(assignment_id);
      expect(url).to.contain(token);
      const list = async () =>
        (await api.call('GET', `/v1/calendar-tokens?assignment_id=${assignment_id}&limit=1`)).body;
      expect(await list()).to.deep.equal({ items: [{ ...shown, last_used_at: null }], next_cursor: null });
      await api.call('GET', url.slice(api.url.length));
      const [used] = (await list()).items;
      expect(used.last_used_at).to.match(/Z$/);
      await api.call('GET', url.slice(api.url.length));
      // Noted at most once a minute.
      expect((await list()).items).to.deep.equal([used]);
      const rows = await api.db.query({
        name: '',
        text: `SELECT to_jsonb(calendar_token)::text AS row FROM calendar_token`,
      });
      expect(JSON.stringify(rows)).not.to.contain(token);
      expect((await api.call('POST', '/v1/calendar-tokens', { name: 'x', assignment_id: shown.id })).status).to.equal(
        404,
      );
      expect((await api.call('DELETE', `/v1/calendar-tokens/${assignment_id}`)).status).to.equal(404);
      const again = () => api.call('POST', '/v1/calendar-tokens', { name: 'y' }, { 'idempotency-key': '"k"' });
      const [first, second] = [await again(), await again()];
      expect(second.body).to.deep.equal({ ...first.body, token: null, url: null });
    });

    it(`show of all stages the ${MOST_STAGES} that start nearest to now`, async () => {
      const path = pathOf(await tokenFor(null));
      const text = `INSERT INTO stage (assignment_id, name, start_date, end_date)
        SELECT $1, 'n' || n, now() + n * interval '1 hour', now() + n * interval '1 hour' + interval '30 minutes'
        FROM generate_series(-600, 600) AS n`;
      const { assignment_id } = await api.stage();
      await api.db.query({ name: '', text }, [assignment_id]);
      const { body } = await api.call('GET', path);
      const names = Object.values(await read(api, path)).map(({ name }) => name);
      expect(names.length).to.be.at.least(MOST_STAGES);
      expect(names).to.include.members(['n-450 - Essay', 'n450 - Essay']);
      expect(names).not.to.include.members(['n-600 - Essay']).and.not.to.include('n600 - Essay');
      expect(body).to.contain(`Only the ${MOST_STAGES} stages`);
    });
  });
}

/** What a parser that is not ours sees, by the id of the stage. */
async function read(api: TestApi, path: string): Promise<Record<string, Shown>> {
  const { status, body } = await api.call('GET', path);
  expect(status).to.equal(200);
  const events = new ICAL.Component(ICAL.parse(body)).getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  return Object.fromEntries(
    events.map((event) => {
      const status = String(event.component.getFirstPropertyValue('status'));
      return [event.uid.replace('@stagebell', ''), { name: event.summary, status, sequence: event.sequence }];
    }),
  );
}
