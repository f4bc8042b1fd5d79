import { expect } from 'chai';
import { AlertBook } from '../../src/alerts/alert-book.ts';
import { Alerting } from '../../src/alerts/alerting.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Queryable } from '../../src/db/database.ts';
import { Dispatcher } from '../../src/db/dispatcher.ts';
import type { Identity } from '../../src/db/instances/instances.ts';
import { Presence } from '../../src/instance/presence.ts';
import { recordingLog } from '../http/support.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres } from '../support/on-each.ts';
import { eventually } from '../support/wait.ts';

const AWAY = { cause: 'Redis is away', cure: 'start it' };
const ALERT = { kind: 'webhook', subject: 'w1', severity: 'warning' as const, ...AWAY };

onPostgres('Alerting', (database) => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await database().sql('DELETE FROM instance');
    await database().sql('DELETE FROM term');
    await database().sql('DELETE FROM record_consumer');
  });

  /** What one instance notices and says, without the rest of it. */
  function instance(n: number, role: 'leader' | 'follower' = 'follower') {
    const health = new Health(systemClock, silentLog);
    const dispatcher = new Dispatcher();
    const id = `00000000-0000-4000-8000-00000000000${n}`;
    const self: Identity = {
      ...{ id, name: `i${n}`, version: '1', role: 'all', leaseMs: 1000, settings: {}, host: 'h', pid: n },
    };
    const around = { clock: systemClock, log: silentLog, health, dispatcher };
    const alerting = new Alerting({
      ...{ database: database().database, watch: database().db, self, view: { role, leaderSeenAgoMs: 0 } },
      ...{ leaseMs: 1000, overdueMs: 10_000, lastsMs: 20, ...around },
    });
    const presence = new Presence({
      ...{ self, db: database().db, clockOffsetMs: () => null, random: () => 0, ...around },
      onWritten: (troubles) => alerting.rowWritten(troubles),
    });
    alerting.start();
    presence.start();
    running.push(alerting, presence);
    const died = async (): Promise<void> => {
      await alerting.stop();
      health.note('redis', null);
      await presence.stop();
    };
    return { health, dispatcher, alerting, died };
  }

  const events = async (kind: string): Promise<string[]> =>
    (
      await database().sql<{ said: string }>(
        `SELECT type || ' by ' || coalesce(alert ->> 'resolved_by', alert ->> 'raised_by') AS said FROM alert_event
        WHERE alert ->> 'kind' = $1 ORDER BY number`,
        [kind],
      )
    ).map(({ said }) => said);
  const until = (kind: string, ...expected: string[]) =>
    eventually(async () => expect(await events(kind)).to.deep.equal(expected));
  const rowSays = (n: number, isOver: boolean) =>
    eventually(async () => {
      const [row] = await database().sql<{ until: string | null }>(
        `SELECT troubles -> 0 ->> 'until' AS until FROM instance WHERE name = $1 AND jsonb_array_length(troubles) > 0`,
        [`i${n}`],
      );
      expect(row && (row.until !== null) === isOver).to.equal(true);
    });

  it('tells once of a part that is out of order on two instances, and resolves it after the second', async () => {
    const [one, two] = [instance(1), instance(2)];
    one.health.note('redis', AWAY);
    await until('redis', 'alert.raised by i1');
    two.health.note('redis', AWAY);
    await rowSays(2, false);
    one.health.note('redis', null);
    await rowSays(1, true);
    two.health.note('redis', null);
    await until('redis', 'alert.raised by i1', 'alert.resolved by i2');
    // Both at once do not wait for each other.
    for (const { health } of [one, two]) health.note('listen', AWAY);
    await eventually(async () => expect(await events('listen')).to.have.length(1));
    for (const n of [1, 2]) await rowSays(n, false);
    for (const { health } of [one, two]) health.note('listen', null);
    await eventually(async () => expect((await events('listen')).join()).to.contain('resolved'));
    expect(await events('listen')).to.have.length(2);
  });

  it('does not tell of a moment', async () => {
    const { health } = instance(1);
    health.note('redis', AWAY);
    health.note('redis', null);
    await rowSays(1, true);
    expect(await events('redis')).to.deep.equal([]);
  });

  it('resolves what an instance that is gone has raised', async () => {
    const [lost, leader] = [instance(1), instance(2, 'leader')];
    lost.health.note('redis', AWAY);
    lost.alerting.alerts.raise({ ...ALERT, kind: 'event_loop', subject: 'i1' });
    lost.alerting.alerts.raise({ ...ALERT, kind: 'no_leader', subject: '' });
    await until('redis', 'alert.raised by i1');
    await lost.died();
    leader.dispatcher.tell({ kind: 'instances' });
    for (const kind of ['redis', 'event_loop', 'no_leader'])
      await until(kind, 'alert.raised by i1', 'alert.resolved by i2');
  });

  it('keeps what cannot be written, with its instants, and writes it when the database is back', async () => {
    let isAway = true;
    const db: Queryable = {
      query: (...args) => (isAway ? Promise.reject(new Error('away')) : database().database.query(...args)),
    };
    const log = recordingLog();
    const health = new Health(systemClock, silentLog);
    const book = new AlertBook({ db, instance: 'i1', clock: systemClock, log, health });
    running.push(book);
    book.raise(ALERT, 60_000);
    book.start();
    await eventually(() => expect(log.lines.map(({ fields }) => fields.event)).to.deep.equal(['alert_failed']));
    book.resolve('webhook', 'w1');
    book.raise({ ...ALERT, subject: 'w2', detail: 'not \0 a text' }, 30_000);
    isAway = false;
    book.hurry();
    await until('webhook', 'alert.raised by i1', 'alert.resolved by i1', 'alert.raised by i1');
    const lasted = await database().sql<{ s: number }>(
      `SELECT round(extract(epoch FROM coalesce(resolved_at, clock_timestamp()) - raised_at))::int AS s FROM alert ORDER BY subject`,
    );
    for (const [i, s] of [60, 30].entries()) expect(lasted[i]?.s).to.be.within(s, s + 5);
    expect(
      log.lines.map(({ level, fields }) => `${level} ${fields.event} ${fields.subject ?? ''}`).slice(-3),
    ).to.have.members(['warn alert_raised w1', 'info alert_resolved w1', 'warn alert_raised w2']);
  });

  it('tells once what twenty instances notice at once', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => database().connect()));
    const books = clients.map((client, i) => {
      const health = new Health(systemClock, silentLog);
      return new AlertBook({ db: onClient(client), instance: `i${i}`, clock: systemClock, log: silentLog, health });
    });
    running.push(...books);
    for (const book of books) {
      book.raise(ALERT, 1000);
      book.start();
    }
    await eventually(async () => expect(await events('webhook')).to.have.length(1));
    for (const book of books) book.resolve(ALERT.kind, ALERT.subject);
    await eventually(async () => expect(await events('webhook')).to.have.length(2));
  });

  it('tells of leaders that do not stay', async () => {
    await database().sql(
      `INSERT INTO term (epoch, instance, started_at) SELECT i, 'i', now() - i * interval '2 minutes' FROM generate_series(1, 4) AS i`,
    );
    instance(1, 'leader').dispatcher.tell({ kind: 'heartbeat', epoch: 4, missed: 0 });
    await until('terms_flapping', 'alert.raised by i1');
  });

  it('tells of a consumer that has read nothing for a day, until it reads', async () => {
    await database().stage('-1 hour');
    await database().sql(`UPDATE transition SET due_at = NULL, occurred_at = now() - interval '26 hours'`);
    await database().sql(`INSERT INTO record_consumer (name) VALUES ('gradebook')`);
    const { dispatcher } = instance(1, 'leader');
    await until('record_unread', 'alert.raised by i1');
    await database().sql('UPDATE record_consumer SET read_to = 9000000000');
    dispatcher.tell({ kind: 'instances' });
    await until('record_unread', 'alert.raised by i1', 'alert.resolved by i1');
  });
});
