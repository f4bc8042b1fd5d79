import { expect } from 'chai';
import { type Raised, raiseAlert, resolveAlert } from '../../src/db/alerts.ts';
import type { Queryable } from '../../src/db/database.ts';
import { prune, readPrunable } from '../../src/db/prune.ts';
import { readAlerts, readOpenAlerts } from '../../src/db/read/alerts.ts';
import { mendRecordIds } from '../../src/db/record-ids.ts';
import type { NewAlert } from '../../src/domain/alert.ts';
import { BEGINNING, type EventType, type Place, typeOf } from '../../src/domain/event.ts';
import { presentEvent } from '../../src/events/present-event.ts';
import { readSettledPage } from '../../src/events/read-page.ts';
import { Settled } from '../../src/events/settled.ts';
import { onClient } from '../support/migrated.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';

const ALERT: NewAlert = {
  kind: 'redis',
  severity: 'warning',
  cause: 'Redis is away',
  cure: 'start it',
  detail: 'ECONNREFUSED',
};
const raise = (db: Queryable, alert: Partial<NewAlert> = {}, agoMs = 0, lasts = true): Promise<Raised> =>
  raiseAlert(db, { ...ALERT, ...alert }, 'web.1', agoMs, lasts);
const resolve = (db: Queryable, kind = 'redis', agoMs = 0, asking: string | null = null): Promise<number | null> =>
  resolveAlert(db, { kind, subject: '' }, 'web.2', agoMs, asking);

const alertIn = (event: { data: object } | undefined): Record<string, string> => {
  const { alert = {} } = (event?.data ?? {}) as { alert?: Record<string, string> };
  return alert;
};

onEachDatabase('Alerts', (database) => {
  const sql = <Row>(text: string, values: unknown[] = []) => database().sql<Row>(text, values);
  const em = () => database().database.em();
  const page = (after: Place, limit = 100, types: EventType[] | null = null) =>
    readSettledPage(em(), new Settled(em), { after, of: {}, types, limit });

  after(async () => {
    if (database().database.kind === 'embedded') await sql('UPDATE record_pruned SET up_to = 0, n = 0');
  });

  it('are raised once and resolved once, and stand in the one order of events with transitions and changes', async () => {
    await database().stage('-1 hour');
    expect([await raise(database().db, {}, 3000), await raise(database().db)]).to.deep.equal(['raised', 'open']);
    await database().stage(null);
    expect(await resolve(database().db, 'redis', 1000)).to.be.within(1900, 2100);
    expect(await resolve(database().db)).to.equal(null);
    const { events, readTo } = await page(BEGINNING);
    const types = ['stage.created', 'stage.activated', 'alert.raised', 'stage.created', 'alert.resolved'];
    expect(events.map(typeOf)).to.deep.equal(types);
    // Page by page, and of some types, the same ones in the same order.
    const one: EventType[] = [];
    for (let after: Place | null = BEGINNING; after !== null; ) {
      const next = await page(after, 1);
      one.push(...next.events.map(typeOf));
      after = next.next;
    }
    expect(one).to.deep.equal(types);
    const some = await page(BEGINNING, 2, ['alert.resolved', 'stage.activated']);
    expect([some.events.map(typeOf), some.next]).to.deep.equal([['stage.activated', 'alert.resolved'], null]);
    expect((await page(BEGINNING, 1, ['alert.raised'])).events.map(typeOf)).to.deep.equal(['alert.raised']);
    expect((await page(readTo)).events).to.deep.equal([]);
    const [raised, resolved] = events.filter(({ alert }) => alert !== undefined).map(presentEvent);
    const [known] = await readAlerts(em(), { after: null, limit: 1 });
    expect(raised?.data).to.deep.include({ assignment_id: null, stage_id: null });
    const [was, is] = [alertIn(raised), alertIn(resolved)];
    expect(was).to.include({ id: known?.id, ...ALERT, subject: '', raised_by: 'web.1', resolved_at: null });
    expect(Date.parse(was['raised_at'] ?? '')).to.equal(known?.raisedMs);
    expect(is).to.include({ id: known?.id, raised_at: was['raised_at'], resolved_by: 'web.2' });
  });

  it('that are over are not raised by an instance that notices late, and one that lasts counts anew', async () => {
    expect(await raise(database().db, {}, 60_000)).to.equal('raised');
    expect(await resolve(database().db, 'redis', 5000)).to.be.above(54_000);
    expect(await raise(database().db, {}, 59_000, false)).to.equal('over');
    expect(await raise(database().db, {}, 59_000, true)).to.equal('over');
    await sql(`UPDATE alert SET resolved_at = resolved_at - interval '6 s'`);
    expect(await raise(database().db, {}, 59_000, false)).to.equal('over');
    expect(await raise(database().db, {}, 59_000, true)).to.equal('raised');
    const [last, first] = await readAlerts(em(), { after: null, limit: 10 });
    expect(last?.raisedMs).to.equal(first?.resolvedMs);
    // Another one, and one about something else.
    expect(await raise(database().db, { kind: 'webhook', subject: 'a' })).to.equal('raised');
    expect(await raise(database().db, { kind: 'webhook', subject: 'b', severity: 'critical' })).to.equal('raised');
    expect((await readOpenAlerts(database().db)).map(({ kind, subject }) => kind + subject)).to.deep.equal([
      'redis',
      'webhooka',
      'webhookb',
    ]);
  });

  it('about a part are kept while another live instance reports it', async () => {
    const [one, two] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    const report = (id: string, until: string | null) =>
      sql(
        `INSERT INTO instance (id, name, version, role, lease_ms, settings, host, pid, troubles, started_at, seen_at)
        VALUES ($1::uuid, $1::text, '1', 'all', 5000, '{}', 'h', 1, $2::jsonb, now(), now())
        ON CONFLICT (id) DO UPDATE SET troubles = excluded.troubles`,
        [id, JSON.stringify([{ part: 'redis', until }])],
      );
    await report(one, null);
    await report(two, null);
    await raise(database().db);
    expect(await resolve(database().db, 'redis', 0, one)).to.equal(null);
    await report(one, '2026-01-01T00:00:00.000Z');
    expect(await resolve(database().db, 'redis', 0, one)).to.equal(null);
    expect(await resolve(database().db, 'redis', 0, two)).to.be.a('number');
    await raise(database().db, {}, 0);
    // Gone: it has written nothing for eleven minutes.
    await sql(`UPDATE instance SET seen_at = now() - interval '12 minutes' WHERE id = $1`, [two]);
    await sql(`UPDATE alert SET resolved_at = resolved_at - interval '1 minute'`);
    await raise(database().db);
    expect(await resolve(database().db, 'redis', 0, one)).to.be.a('number');
    await sql('DELETE FROM instance');
  });

  it('are pruned with their events, but for those that last', async () => {
    await raise(database().db);
    await resolve(database().db);
    await raise(database().db, { kind: 'listen' });
    const { upTo } = await readPrunable(database().db, 'P0D');
    expect(await prune(database().db, upTo, 1)).to.include({ alerts: 3 });
    expect((await readAlerts(em(), { after: null, limit: 10 })).map(({ kind }) => kind)).to.deep.equal(['listen']);
    await resolve(database().db, 'listen');
    await prune(database().db, (await readPrunable(database().db, 'P0D')).upTo);
    expect(await readAlerts(em(), { after: null, limit: 10 })).to.deep.equal([]);
  });

  it('have numbers that are not given again where the sequence was lost', async () => {
    await raise(database().db);
    await sql(`SELECT setval(pg_get_serial_sequence('transition', 'id'), 1, false)`);
    expect(await mendRecordIds(database().db)).to.equal(true);
    expect(await resolve(database().db)).to.be.a('number');
  });
});

onPostgres('Alerts of many instances', (database) => {
  it('are raised once and resolved once, whichever of twenty instances notices first', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => database().connect()));
    const raised = await Promise.all(clients.map((client) => raise(onClient(client), {}, 1000)));
    expect(raised.filter((became) => became === 'raised')).to.have.length(1);
    // Some are so late that the others have resolved it.
    const ended = await Promise.all(
      clients.map((client, i) => (i % 2 === 0 ? resolve(onClient(client)) : raise(onClient(client), {}, 1000))),
    );
    expect(ended.filter((lasted) => typeof lasted === 'number')).to.have.length(1);
    expect(ended).not.to.include('raised');
    expect(await database().sql('SELECT type FROM alert_event ORDER BY number')).to.deep.equal([
      { type: 'alert.raised' },
      { type: 'alert.resolved' },
    ]);
  });

  it('are for those alone who may write the record', async () => {
    const role = `stranger_${process.pid}`;
    const client = await database().connect();
    await database().sql(`CREATE ROLE ${role}`);
    await database().sql(`GRANT EXECUTE ON FUNCTION resolve_alert(text, text, text, float8, uuid) TO ${role}`);
    await client.query(`SET SESSION AUTHORIZATION ${role}`);
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => null,
        (error) => error.code,
      );
    expect(await refusal(raise(onClient(client)))).to.equal('42501');
    expect(await refusal(resolve(onClient(client)))).to.equal('42501');
    await client.query('RESET SESSION AUTHORIZATION');
    await database().sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});
