import { expect } from 'chai';
import type pg from 'pg';
import type { Session } from '../../src/db/database.ts';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { eventually, within } from '../support/wait.ts';
import { untilBlocked } from '../support/waits.ts';

const TIMES = 10;
const LIMIT = 4;

/** Two batches of one burst on two connections: done at the same time, recorded one behind the other. */
onPostgres('Batches side by side', (database) => {
  let sessions: [Session, Session];
  let holder: pg.Client;
  before(async () => {
    const { database: port } = database();
    sessions = [port.openSession('first', 10_000), port.openSession('second', 10_000)];
    holder = await database().connect();
  });
  afterEach(async () => {
    await expectSound(database());
    await database().clear();
  });
  after(() => Promise.all(sessions.map((session) => session.close())));

  /** A batch, and when it says that the next one may begin. */
  function batch(number: number, before: number | null = null, limit = LIMIT) {
    const said = Promise.withResolvers<boolean>();
    const slot = { number, before, onChosen: () => said.resolve(true) };
    const session = sessions[number % 2 === 0 ? 0 : 1];
    const advanced = advance(session, { term: null, limit, cause: 'timer', instance: 'leader', slot });
    advanced.finally(() => said.resolve(false)).catch(() => {});
    return { hasSaid: within(said.promise, 3000, 'word that its rows are chosen'), advanced };
  }
  /** Holds up the batch that comes after this number; `release` lets it go on. */
  async function hold(number: number): Promise<{ release(): Promise<unknown> }> {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM batch_slot WHERE number = $1 FOR UPDATE', [number]);
    return { release: () => holder.query('COMMIT') };
  }
  const waiting = (count: number): Promise<void> =>
    eventually(
      async () => {
        const rows = await database().sql(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        expect(rows, 'batches that wait for the one before').to.have.length(count);
      },
      { everyMs: 1 },
    );
  /** Both have their rows, the second waits for the first, and the first until `held` is released. */
  async function twoUnderWay() {
    const held = await hold(1);
    const first = batch(2, 1);
    expect(await first.hasSaid).to.equal(true);
    const second = batch(3, 2);
    expect(await second.hasSaid).to.equal(true);
    await waiting(2);
    return { held, first, second };
  }
  /** Stages that start a minute apart, all missed. */
  const missed = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await database().missed(`-${2 * count - i} minutes`);
  };
  const moved = async (...batches: Promise<Advanced>[]): Promise<number[]> =>
    (await Promise.all(batches)).map((advanced) => advanced.moved);
  async function expectInOrder(count: number): Promise<void> {
    const dues = (await database().record()).map(({ dueMs }) => dueMs ?? 0);
    expect(dues).to.have.length(count);
    expect(dues).to.deep.equal(dues.toSorted((a, b) => a - b));
  }

  it('the next has the rows that follow while one is under way, and is recorded behind it', async () => {
    for (let i = 0; i < TIMES; i++) {
      await missed(2 * LIMIT + 1);
      const { held, first, second } = await twoUnderWay();
      await held.release();
      expect(await moved(first.advanced, second.advanced)).to.deep.equal([LIMIT, LIMIT]);
      expect(await moved(batch(4).advanced)).to.deep.equal([1]);
      await expectInOrder(2 * LIMIT + 1);
      await database().clear();
    }
  });

  it('says nothing where it is not full: nothing follows. Whatever triggers of others say', async () => {
    await database().sql(`CREATE FUNCTION chatter() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE NOTICE 'hello'; RETURN NEW; END $$`);
    await database().sql('CREATE TRIGGER chatter BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION chatter()');
    try {
      await missed(LIMIT - 1);
      const only = batch(1);
      expect(await only.hasSaid).to.equal(false);
      expect(await moved(only.advanced)).to.deep.equal([LIMIT - 1]);
    } finally {
      await database().sql('DROP FUNCTION chatter CASCADE');
    }
  });

  it('says nothing where more of the rows that it holds falls due while it runs', async () => {
    for (const [end, hasSaid] of [
      ['2 seconds', false],
      ['1 minute', true],
    ] as const) {
      await database().missed('-1 minute', end, LIMIT);
      const first = batch(1);
      expect(await first.hasSaid).to.equal(hasSaid);
      expect(await moved(first.advanced)).to.deep.equal([LIMIT]);
    }
  });

  it('says nothing where more is due of the rows that it holds: the next would pass them by', async () => {
    // Both boundaries of each: more than fits in sum; and the starts alone fill it, with their ends right behind.
    for (const limit of [6, LIMIT]) {
      await database().missed('-2 hours', '-1 hour', LIMIT);
      await database().missed('-1 minute', null, LIMIT);
      const first = batch(limit, null, limit);
      expect(await first.hasSaid).to.equal(false);
      await first.advanced;
      while ((await batch(1).advanced).moved > 0);
      await expectInOrder(3 * LIMIT);
      await database().clear();
    }
  });

  it('goes on where the one before comes to nothing, whose rows are then found again', async () => {
    await missed(2 * LIMIT);
    const { held, first, second } = await twoUnderWay();
    const failed = first.advanced.catch((error) => error);
    await database().sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%:first' AND datname = current_database()`,
    );
    expect(await failed).to.be.instanceOf(Error);
    expect(await moved(second.advanced)).to.deep.equal([LIMIT]);
    await held.release();
    expect(await moved(batch(4).advanced, batch(5).advanced)).to.have.members([LIMIT, 0]);
  });

  it('are both waited for by a take-over', async () => {
    await missed(2 * LIMIT);
    const { held, first, second } = await twoUnderWay();
    const rival = await database().connect();
    const taking = takeTerm(onClient(rival), 'rival', 5000, 'always');
    await untilBlocked(database(), rival);
    await held.release();
    expect(await moved(first.advanced, second.advanced)).to.deep.equal([LIMIT, LIMIT]);
    const next = await taking;
    const [log] = await database().sql<{ after: boolean }>(
      `SELECT started_at >= (SELECT max(occurred_at) FROM transition) AS after FROM term WHERE epoch = $1`,
      [next?.epoch],
    );
    expect(log?.after, 'the next term began after both').to.equal(true);
  });
});
