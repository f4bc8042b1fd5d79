import { expect } from 'chai';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres, suiteClient } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { holdGate, untilBlocked } from '../support/waits.ts';

const TIMES = 20;
const POSTPONE = `UPDATE stage SET start_date = now() + interval '1 hour', end_date = NULL WHERE id = $1`;

/** An edit and the advance at the same stage at the same time, in both orders: an edit wins (G6). */
onPostgres('Editor against advance', (database) => {
  const leader = suiteClient(database);
  const editor = suiteClient(database);
  const gatekeeper = suiteClient(database);
  afterEach(() => expectSound(database()));
  const run = (): Promise<Advanced> =>
    advance(onClient(leader), { term: null, limit: 1000, cause: 'timer', instance: 'leader' });
  const missed = async (): Promise<string> => (await database().missed('-1 minute', '1 hour'))[0] ?? '';
  const steps = async (id: string): Promise<string[]> =>
    (await database().record(id)).map(({ from, to, cause }) => `${from} -> ${to} (${cause})`);

  /** `edit` holds the row when the advance comes: it passes by. */
  async function editFirst(edit: string, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<string> {
    const id = await missed();
    await editor.query('BEGIN');
    await editor.query(edit, [id]);
    expect((await run()).moved).to.equal(0);
    await editor.query(end);
    return id;
  }

  /** The advance has the row when `edit` comes: it waits, and is then judged by what it finds. */
  async function advanceFirst(edit: string): Promise<string> {
    const id = await missed();
    const gate = await holdGate(gatekeeper);
    const advancing = run();
    await untilBlocked(database(), leader);
    const editing = editor.query(edit, [id]);
    await untilBlocked(database(), editor);
    await gate.release();
    expect((await advancing).moved).to.equal(1);
    await editing;
    return id;
  }

  it('a postponement first: nothing happens on the old instant', async () => {
    for (let i = 0; i < TIMES; i++) {
      const id = await editFirst(POSTPONE);
      expect((await run()).moved).to.equal(0);
      expect((await database().read(id)).status).to.equal('pending');
      expect(await steps(id)).to.deep.equal([]);
    }
  });

  it('the advance first: the postponement reverses what has just happened, on the record', async () => {
    for (let i = 0; i < TIMES; i++) {
      const id = await advanceFirst(POSTPONE);
      expect((await database().read(id)).status).to.equal('pending');
      expect(await steps(id)).to.deep.equal(['pending -> active (timer)', 'active -> pending (edit)']);
    }
  });

  it('a postponement that is rolled back: the bell rings, a little later', async () => {
    const id = await editFirst(POSTPONE, 'ROLLBACK');
    expect((await run()).moved).to.equal(1);
    expect(await steps(id)).to.deep.equal(['pending -> active (timer)']);
  });

  it('a delete first, or the advance first: no row too many', async () => {
    for (let i = 0; i < TIMES; i++) {
      const deleted = await editFirst('DELETE FROM stage WHERE id = $1');
      expect((await run()).moved).to.equal(0);
      expect(await steps(deleted)).to.deep.equal([]);
      expect(await steps(await advanceFirst('DELETE FROM stage WHERE id = $1'))).to.have.length(1);
    }
  });

  it('an edit of the name that holds the row at its instant: it is found as soon as that is done', async () => {
    for (let i = 0; i < TIMES; i++) {
      const id = await editFirst(`UPDATE stage SET name = 'renamed' WHERE id = $1`);
      expect((await database().read(id)).status).to.equal('pending');
      expect((await run()).moved).to.equal(1);
      expect(await steps(id)).to.deep.equal(['pending -> active (timer)']);
      const other = await advanceFirst(`UPDATE stage SET name = 'renamed' WHERE id = $1`);
      expect(await database().read(other)).to.include({ status: 'active', version: 3 });
    }
  });

  it('an edit that lands between the look and the lock of the advance is seen by it', async () => {
    // The advance waits for the term with its snapshot taken: the edit that commits meanwhile is newer.
    for (let i = 0; i < TIMES; i++) {
      const id = await missed();
      await gatekeeper.query('BEGIN');
      await gatekeeper.query('SELECT FROM leadership FOR UPDATE');
      const advancing = run();
      await untilBlocked(database(), leader);
      await editor.query(POSTPONE, [id]);
      await gatekeeper.query('COMMIT');
      expect((await advancing).moved).to.equal(0);
      expect((await database().read(id)).status).to.equal('pending');
    }
  });

  it('an edit of the name that lands there keeps nobody from moving the stage', async () => {
    const id = await missed();
    await gatekeeper.query('BEGIN');
    await gatekeeper.query('SELECT FROM leadership FOR UPDATE');
    const advancing = run();
    await untilBlocked(database(), leader);
    await editor.query(`UPDATE stage SET name = 'renamed' WHERE id = $1`, [id]);
    await gatekeeper.query('COMMIT');
    expect((await advancing).moved).to.equal(1);
    expect(await steps(id)).to.deep.equal(['pending -> active (timer)']);
  });
});
