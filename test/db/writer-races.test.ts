import { expect } from 'chai';
import { activateStage } from '../../src/commands/activate-stage.ts';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres, suiteClient } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { holdGate, untilBlocked, untilBlocking } from '../support/waits.ts';

const TIMES = 10;
const EXTEND = `UPDATE stage SET end_date = now() + interval '1 hour' WHERE id = $1`;
const BRING_FORWARD = `UPDATE stage SET start_date = start_date - interval '1 hour' WHERE id = $1`;

/** What edit-races.test.ts leaves: ends, several rows at once, and writers that wait for each other. */
onPostgres('Writers against the advance and each other', (database) => {
  const leader = suiteClient(database);
  const editor = suiteClient(database);
  const other = suiteClient(database);
  afterEach(() => expectSound(database()));
  const run = (): Promise<Advanced> =>
    advance(onClient(leader), { term: null, limit: 1000, cause: 'timer', instance: 'leader' });
  const steps = async (id: string): Promise<string[]> =>
    (await database().record(id)).map(({ from, to, cause }) => `${from} -> ${to} (${cause})`);

  /** `sql` holds its rows when the advance comes, which passes by. */
  async function writerFirst(sql: string, values: unknown[]): Promise<void> {
    await editor.query('BEGIN');
    await editor.query(sql, values);
    expect((await run()).moved).to.equal(0);
    await editor.query('COMMIT');
  }

  /** The advance has the rows when `sql` comes, which waits. @returns how many boundaries were crossed */
  async function advanceFirst(sql: string, values: unknown[]): Promise<number> {
    const gate = await holdGate(other);
    const advancing = run();
    await untilBlocked(database(), leader);
    const writing = editor.query(sql, values);
    await untilBlocked(database(), editor);
    await gate.release();
    const { moved } = await advancing;
    await writing;
    return moved;
  }

  /** A stage that is active on the record, and whose end was missed. */
  async function overdue(): Promise<string> {
    const [id = ''] = await database().missed('-2 hours', null);
    await run();
    await database().transaction(async () => {
      await database().sql('SET LOCAL session_replication_role = replica');
      await database().sql(`UPDATE stage SET end_date = now() - interval '1 minute' WHERE id = $1`, [id]);
    });
    return id;
  }

  it('an extension first: the old end never comes; the advance first: it is taken back, on the record', async () => {
    for (let i = 0; i < TIMES; i++) {
      const kept = await overdue();
      await writerFirst(EXTEND, [kept]);
      expect(await steps(kept)).to.deep.equal(['pending -> active (timer)']);
      const reopened = await overdue();
      expect(await advanceFirst(EXTEND, [reopened])).to.equal(1);
      expect((await steps(reopened)).slice(1)).to.deep.equal([
        'active -> completed (timer)',
        'completed -> active (edit)',
      ]);
      await database().clear();
    }
  });

  it('a start brought forward: crossed once, by whoever comes first', async () => {
    for (let i = 0; i < TIMES; i++) {
      const [edited = ''] = await database().missed('-1 minute');
      await writerFirst(BRING_FORWARD, [edited]);
      expect((await run()).moved).to.equal(0);
      expect(await steps(edited)).to.deep.equal(['pending -> active (edit)']);
      const [rung = ''] = await database().missed('-1 minute');
      expect(await advanceFirst(BRING_FORWARD, [rung])).to.equal(1);
      expect(await steps(rung)).to.deep.equal(['pending -> active (timer)']);
    }
  });

  it('an assignment that is deleted with its stages: all of them are rung, or none', async () => {
    for (let i = 0; i < TIMES; i++) {
      for (const expected of [0, 5]) {
        database().assignment = await database().newAssignment();
        await database().missed('-1 minute', null, 5);
        const [sql, values] = ['DELETE FROM assignment WHERE id = $1', [database().assignment]];
        if (expected === 0) await writerFirst(sql, values);
        else expect(await advanceFirst(sql, values)).to.equal(expected);
        expect((await run()).moved).to.equal(0);
        const rows = await database().sql('SELECT FROM transition WHERE assignment_id = $1', values);
        expect(rows).to.have.length(expected);
      }
    }
    database().assignment = await database().newAssignment();
  });

  it('a stage whose start passes before its insert is committed is rung then', async () => {
    for (let i = 0; i < TIMES; i++) {
      await editor.query('BEGIN');
      const { rows } = await editor.query(
        `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', clock_timestamp() + interval '10 ms') RETURNING id`,
        [database().assignment],
      );
      await editor.query('SELECT pg_sleep(0.012)');
      expect((await run()).moved, 'not there yet').to.equal(0);
      await editor.query('COMMIT');
      expect((await run()).moved).to.equal(1);
      expect(await steps(rows[0].id)).to.deep.equal(['pending -> active (timer)']);
    }
  });

  it('an edit that waited for its row is judged by the time at which it has it', async () => {
    for (let i = 0; i < TIMES; i++) {
      const id = await database().stage('1 hour');
      await other.query('BEGIN');
      await other.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', [id]);
      const editing = editor.query(`UPDATE stage SET start_date = clock_timestamp() + interval '30 ms' WHERE id = $1`, [
        id,
      ]);
      await untilBlocked(database(), editor);
      // The new date was reckoned before the wait, and passes during it.
      await other.query('SELECT pg_sleep(0.04)');
      await other.query('COMMIT');
      await editing;
      expect(await steps(id)).to.deep.equal(['pending -> active (edit)']);
    }
  });

  it('"now" is when an edit has its row, not when it asked for it', async () => {
    const writer = { database: database().database, instance: 'test', actor: null };
    for (let i = 0; i < TIMES; i++) {
      const id = await database().stage('1 hour');
      await other.query('BEGIN');
      await other.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', [id]);
      const activating = activateStage(writer, id, null);
      await untilBlocking(database(), other);
      // The moment that it asked and the one that it has its row are to be told apart in whole milliseconds.
      const { rows } = await other.query(
        'SELECT pg_sleep(0.02), (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
      );
      await other.query('COMMIT');
      expect((await activating).startMs).to.be.at.least(Math.floor(rows[0].at));
    }
  });

  it('many writers of many rows and the advance: nobody is told of a deadlock', async function () {
    this.timeout(30_000);
    await database().missed('-1 minute', '1 hour', 300);
    let isWriting = true;
    const ringing = (async () => {
      while (isWriting) await run();
    })();
    const ids = (await database().sql<{ id: string }>('SELECT id FROM stage ORDER BY id')).map(({ id }) => id);
    const writers = await Promise.all([1, 2, 3].map(() => database().connect()));
    await Promise.all(
      writers.map(async (client, i) => {
        for (let n = 0; n < 30; n++) {
          // In one order, as whoever edits many at once has to.
          const some = ids.slice((n * 7 + i * 50) % 250).slice(0, 50);
          const by = n % 2 === 0 ? '-' : '+';
          await client.query(
            `UPDATE stage SET start_date = now() ${by} interval '30 minutes' FROM
             (SELECT id FROM stage WHERE id = ANY ($1) ORDER BY id FOR UPDATE) AS mine WHERE stage.id = mine.id`,
            [some],
          );
        }
      }),
    );
    isWriting = false;
    await ringing;
    expect((await database().record()).length).to.be.greaterThan(300);
  });
});
