import { expect } from 'chai';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { ScheduledTerm, type ScheduledTermOptions } from '../support/scheduled-term.ts';
import { eventually } from '../support/wait.ts';

/** What a leader does in its term, on a real database. What it is told of edits, the test tells it. */
onPostgres('The scheduler of one term', (database) => {
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
  const times = (count: number, cause: string): string[] => Array<string>(count).fill(cause);

  it('begins with a sweep of what was missed, before anything is armed', async () => {
    await database().missed('-1 minute', '-30 seconds', 3);
    await database().stage('1 hour');
    await begin();
    expect(await term.moved(6)).to.deep.equal(times(6, 'sweep'));
    await armed(1);
  });

  it('rings each instant once, as a timer', async () => {
    await database().stage('900 ms', '1000 ms');
    await database().stage('900 ms');
    await begin();
    expect(await term.moved(3)).to.deep.equal(times(3, 'timer'));
    for (const { occurredMs, dueMs } of await database().record()) {
      expect(occurredMs - (dueMs ?? 0), 'lateness').to.be.within(0, 400);
    }
    await armed(0);
  });

  it('takes the time of the database from quick reads, when the read of the plan is slow', async () => {
    await database().stage('1 hour');
    await begin({
      planning: (session) => ({
        query: async (statement, values) => {
          const rows = await session.query(statement, values);
          if (statement.name === 'horizon') await session.query({ name: 'slow', text: 'SELECT pg_sleep(0.2)' });
          return rows as never;
        },
      }),
    });
    await armed(1);
    const [row] = await database().sql<{ now: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    expect(term.databaseClock.nowMs - (row?.now ?? 0)).to.be.within(-50, 50);
  });

  it('rings at the new instant of a stage, and not at the old one', async () => {
    const id = await database().stage('1200 ms');
    await begin();
    await armed(1);
    const oldMs = await startOf(id);
    await database().sql(`UPDATE stage SET start_date = start_date + interval '150 ms' WHERE id = $1`, [id]);
    term.scheduler.edited([oldMs, await startOf(id)]);
    await term.moved(1);
    expect((await database().record()).map(({ dueMs }) => dueMs)).to.deep.equal([oldMs + 150]);
  });

  it('looks again at a row that somebody held at its instant', async () => {
    const id = await database().stage('1000 ms');
    await database().stage('1000 ms');
    const psql = await database().connect();
    await psql.query('BEGIN');
    await psql.query(`UPDATE stage SET name = 'renamed' WHERE id = $1`, [id]);
    let rung = 0;
    await begin({
      ringing: (session) => ({
        query: (statement, values) => {
          rung += 1;
          return session.query(statement, values);
        },
      }),
    });
    await term.moved(1);
    // Not by the look that follows each advance at once.
    const before = rung;
    await eventually(() => expect(rung).to.be.at.least(before + 3));
    await psql.query('COMMIT');
    expect(await term.moved(2)).to.deep.equal(times(2, 'timer'));
  });

  it('tries again what has failed', async () => {
    let isBroken = false;
    await database().stage('1000 ms');
    await begin({
      ringing: (session) => ({
        query: (statement, values) => {
          if (!isBroken) return session.query(statement, values);
          isBroken = false;
          throw new DatabaseUnavailableError('broken for once');
        },
      }),
    });
    await armed(1);
    isBroken = true;
    expect(await term.moved(1)).to.deep.equal(['timer']);
    expect(term.failures).to.equal(1);
  });

  it('arms what it was not told of when it catches up, and disarms what is gone', async () => {
    const gone = await database().stage('1 hour');
    await begin();
    await armed(1);
    await database().sql('DELETE FROM stage WHERE id = $1', [gone]);
    await database().stage('900 ms');
    await database().missed('-1 minute');
    term.scheduler.sweep();
    expect(await term.moved(2)).to.deep.equal(['sweep', 'timer']);
    await armed(0);
  });

  it('refills its horizon as it is used up', async () => {
    for (let i = 1; i <= 12; i++) await database().stage(`${900 + i * 20} ms`);
    await begin({ horizon: 4 });
    expect(await term.moved(12)).to.deep.equal(times(12, 'timer'));
    await armed(0);
  });

  it('keeps within its horizon when it is told of more, and forgets nothing that it drops for that', async () => {
    await database().stage('2000 ms');
    await database().stage('2100 ms');
    await begin({ horizon: 4 });
    await armed(2);
    const near: number[] = [];
    for (let i = 1; i <= 4; i++) near.push(await startOf(await database().stage(`${700 + i * 20} ms`)));
    term.scheduler.edited(near);
    await eventually(() => expect(term.scheduler.armed.lastMs).to.equal(near[3]), { everyMs: 1 });
    expect(term.scheduler.armed.instants).to.equal(4);
    expect(await term.moved(6)).to.deep.equal(times(6, 'timer'));
  });

  it('looks at far instants a few times a second in a storm of edits, and at a near one at once', async () => {
    const looks: { instants: number[]; atMs: number }[] = [];
    await database().stage('1 hour');
    await begin({
      planning: (session) => ({
        query: (statement, values = []) => {
          if (Array.isArray(values[0])) looks.push({ instants: values[0], atMs: performance.now() });
          return session.query(statement, values);
        },
      }),
    });
    await armed(1);
    looks.length = 0;
    const nearMs = Date.now() + 500;
    const [farMs, furtherMs] = [nearMs + 60_000, nearMs + 120_000];
    term.scheduler.edited([farMs]);
    await eventually(() => expect(looks).to.have.length(1));
    term.scheduler.edited([furtherMs]);
    term.scheduler.edited([nearMs]);
    await eventually(() => expect(looks).to.have.length(3));
    expect(looks.map(({ instants }) => instants)).to.deep.equal([[farMs], [nearMs], [furtherMs]]);
    expect((looks[2]?.atMs ?? 0) - (looks[0]?.atMs ?? 0)).to.be.at.least(150);
  });

  it('ends when the advance that is under way has ended, and not before', async () => {
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await begin({
      ringing: (session) => ({
        query: async <Row>(...args: Parameters<typeof session.query>): Promise<Row[]> => {
          asked.resolve();
          await answered.promise;
          return session.query<Row>(...args);
        },
      }),
    });
    await asked.promise;
    let hasEnded = false;
    const ending = term.scheduler.stop().then(() => {
      hasEnded = true;
    });
    // Whatever it could do by itself is done after a way to the database and back.
    await database().sql('SELECT 1');
    expect(hasEnded).to.equal(false);
    answered.resolve();
    await ending;
  });

  it('moves nothing after its end, even if a timer was about to fire', async () => {
    const id = await database().stage('1200 ms');
    await begin();
    await armed(1);
    await term.scheduler.stop();
    expect(term.scheduler.armed.instants).to.equal(0);
    await database().sql('SELECT pg_sleep(1.4)');
    expect((await database().read(id)).status).to.equal('pending');
  });
});
