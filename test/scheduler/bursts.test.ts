import { expect } from 'chai';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import type { Session } from '../../src/db/database.ts';
import { readOverdue } from '../../src/db/leading/heartbeat.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { ScheduledTerm, type ScheduledTermOptions } from '../support/scheduled-term.ts';
import { eventually } from '../support/wait.ts';

/** Many boundaries at one instant: batches one after the other and side by side, on a real database. */
onPostgres('A burst', (database) => {
  let term: ScheduledTerm;
  const begin = async (options: ScheduledTermOptions = {}): Promise<void> => {
    term = await ScheduledTerm.begin(database(), options);
  };
  afterEach(async () => {
    await term.end();
    await expectSound(database());
  });

  const startOf = async (id: string): Promise<number> => (await database().read(id)).startMs ?? 0;
  const armed = (instants: number) => eventually(() => expect(term.scheduler.armed.instants).to.equal(instants));

  it('is shared between two connections with a gap now and then, and recorded in order of the instants', async () => {
    for (let i = 0; i < 30; i++) await database().missed(`-${90 - i} minutes`, i % 3 === 0 ? '-1 minute' : null, 8);
    const working = new Set<Session>();
    const beside: number[] = [];
    await begin({
      batch: 7,
      ringing: (session) => ({
        query: async (...args) => {
          // On a slow machine plans are made anew in between.
          if (args[0].name !== 'advance') return session.query(...args);
          expect(working.has(session), 'a statement that queues behind another').to.equal(false);
          beside.push(working.size);
          working.add(session);
          return session.query(...args).finally(() => working.delete(session)) as never;
        },
      }),
    });
    await term.moved(320);
    expect(beside, 'statements at once').to.include(1);
    expect([beside[16], beside[32]], 'in which a take-over gets at the term').to.deep.equal([0, 0]);
    expect(term.failures).to.equal(0);
    const dues = (await database().record()).map(({ dueMs }) => dueMs ?? 0);
    expect(dues).to.deep.equal(dues.toSorted((a, b) => a - b));
  });

  it('is moved and counted as a whole, even if a batch fails while the next is under way', async () => {
    await database().missed('-1 minute', null, 200);
    let count = 0;
    await begin({
      batch: 7,
      ringing: (session) => ({
        query: (statement, values, onNotice) => {
          count += 1;
          if (count % 5 > 0) return session.query(statement, values, onNotice);
          onNotice?.('batch chosen');
          return Promise.reject(new DatabaseUnavailableError('broken off after it had its rows'));
        },
      }),
    });
    await term.moved(200);
    expect(term.failures).to.be.greaterThan(1);
    expect(await database().record()).to.have.length(200);
  });

  it('begins each statement behind the batch that ended last, and the next ring where the last run ended', async () => {
    const froms: unknown[] = [];
    await database().missed('-1 minute', null, 30);
    await database().stage('1 hour');
    await begin({
      batch: 7,
      ringing: (session) => ({
        query: (statement, values = [], onNotice) => {
          if (statement.name === 'advance') froms.push(values[9]);
          return session.query(statement, values, onNotice);
        },
      }),
    });
    await term.moved(30);
    const dueMs = (await database().record())[0]?.dueMs;
    expect(froms[0], 'of the sweep').to.equal(null);
    expect(froms.slice(2).filter((from) => from === dueMs).length, 'that pass by what was moved').to.be.above(0);
    await armed(1);
    const swept = froms.length;
    const id = await database().stage('300 ms');
    // Somebody's edit put it into the past without a word, and then somebody names it.
    const [past = ''] = await database().missed('-1 hour');
    term.scheduler.edited([await startOf(id)]);
    await term.moved(31);
    expect(froms[swept], 'of the next ring').to.be.above(dueMs ?? 0);
    term.scheduler.edited([await startOf(past)]);
    await term.moved(32);
  });

  it('lets a take-over in between, however long it is', async () => {
    await database().missed('-1 minute', null, 20_000);
    await begin({ batch: 500 });
    await term.moved(1);
    await takeTerm(database().db, 'rival', 5000, 'always');
    expect(await readOverdue(database().db), 'left for the successor').to.be.greaterThan(0);
  });

  it('has its statements planned again when batches take far too long, but not twice in a row', async () => {
    await database().missed('-1 minute', null, 60);
    const asked: string[] = [];
    await begin({
      batch: 10,
      ringing: (session) => ({
        query: async (statement, values) => {
          asked.push(statement.name);
          const rows = await session.query(statement, values);
          if (statement.name === 'advance') await session.query({ name: 'slow', text: 'SELECT pg_sleep(0.3)' });
          return rows as never;
        },
      }),
    });
    await term.moved(60);
    expect(asked).to.include('forget_plans');
    const half = asked.indexOf('forget_plans') + 3;
    expect(asked.slice(0, half).filter((name) => name === 'forget_plans')).to.have.length(2);
  });

  it('ends even if somebody keeps the rows from being changed', async () => {
    await database().sql(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`);
    await database().sql('CREATE TRIGGER keep BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION keep()');
    try {
      await database().missed('-1 minute', null, 30);
      await database().stage('1 hour');
      await begin({ batch: 7 });
      await armed(1);
    } finally {
      await database().sql('DROP FUNCTION keep CASCADE');
    }
    await term.moved(30);
  });

  it('is worked through even if no batch says that the next may begin', async () => {
    await database().missed('-1 minute', null, 50);
    await begin({
      batch: 7,
      ringing: (session) => ({ query: (statement, values) => session.query(statement, values) }),
    });
    await term.moved(50);
  });
});
