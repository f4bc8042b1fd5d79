import { expect } from 'chai';
import type pg from 'pg';
import { advance } from '../../src/db/leading/advance.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { holdCommit, untilBlocked } from '../support/waits.ts';

const ACTIVE = `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, $2, now() - interval '1 hour') RETURNING id`;

/** A consumer that remembers the last id which it saw misses nothing: ids of the record grow in commit order. */
onPostgres('The ids of the record', (database) => {
  afterEach(() => expectSound(database()));
  const insertActive = async (client: pg.Client, name: string): Promise<string> =>
    (await client.query(ACTIVE, [database().assignment, name])).rows[0].id;

  it('follow the commits, not the changes', async () => {
    const [first, second] = [await database().connect(), await database().connect()];
    await first.query('BEGIN');
    const changedFirst = await insertActive(first, 'changed first');
    const committedFirst = await insertActive(second, 'committed first');
    await first.query('COMMIT');
    expect((await database().record()).map(({ stageId }) => stageId)).to.deep.equal([committedFirst, changedFirst]);
  });

  it('follow the commits of the advance among those of edits', async () => {
    const [editor, other] = [await database().connect(), await database().connect()];
    await database().missed('-1 minute', null, 3);
    await editor.query('BEGIN');
    const edited = await insertActive(editor, 'changed before the advance');
    const { moved } = await advance(database().db, { term: null, limit: 10, cause: 'sweep', instance: 'test' });
    expect(moved, 'an idle transaction must not hold up the bell').to.equal(3);
    const between = await insertActive(other, 'between');
    await editor.query('COMMIT');
    expect((await database().record()).map(({ stageId }) => stageId).slice(3)).to.deep.equal([between, edited]);
  });

  it('are drawn by one transaction at a time: a second writer waits at its commit', async () => {
    const [first, second] = [await database().connect(), await database().connect()];
    const underWay = await holdCommit(database(), first, () => insertActive(first, 'first'));
    await second.query('BEGIN');
    await insertActive(second, 'second');
    const commit = second.query('COMMIT');
    await untilBlocked(database(), second);
    expect(await database().record()).to.deep.equal([]);
    await underWay.release();
    await commit;
    expect(await database().record()).to.have.length(2);
  });

  it('are drawn by the advance in the same way: it waits for a commit that is under way', async () => {
    const [editor, leader] = [await database().connect(), await database().connect()];
    const [missed] = await database().missed('-1 minute');
    let edited = '';
    const underWay = await holdCommit(database(), editor, async () => {
      edited = await insertActive(editor, 'edited');
    });
    const advancing = advance(onClient(leader), { term: null, limit: 10, cause: 'sweep', instance: 'test' });
    await untilBlocked(database(), leader);
    await underWay.release();
    expect((await advancing).moved).to.equal(1);
    expect((await database().record()).map(({ stageId }) => stageId)).to.deep.equal([edited, missed]);
  });

  it('let a reader that pages by id see each row once, while twelve writers commit', async function () {
    this.timeout(30_000);
    const writers = await Promise.all(Array.from({ length: 12 }, () => database().connect()));
    const reader = await database().connect();
    let isWriting = true;
    const writing = Promise.all(writers.map((client, i) => writeForAWhile(client, i))).finally(() => {
      isWriting = false;
    });
    const seen: number[] = [];
    for (let isLast = false; !isLast; ) {
      // One more page after the last writer is done.
      isLast = !isWriting;
      const { rows } = await reader.query('SELECT id::int AS id FROM transition WHERE id > $1 ORDER BY id LIMIT 20', [
        seen.at(-1) ?? 0,
      ]);
      seen.push(...rows.map(({ id }) => id));
      if (rows.length > 0) isLast = false;
    }
    await writing;
    expect(seen).to.deep.equal((await database().record()).map(({ id }) => Number(id)));
    expect(seen.length).to.be.greaterThan(400);
  });

  /** Transactions of all lengths: some stay open between their change and their commit. */
  async function writeForAWhile(client: pg.Client, writer: number): Promise<void> {
    for (let i = 0; i < 30; i++) {
      await client.query('BEGIN');
      const id = await insertActive(client, `writer ${writer}`);
      if ((i + writer) % 3 === 0) await client.query('SELECT pg_sleep(0.003)');
      if (i % 2 === 0)
        await client.query(`UPDATE stage SET end_date = now() - interval '1 second' WHERE id = $1`, [id]);
      await client.query((i + writer) % 7 === 0 ? 'ROLLBACK' : 'COMMIT');
    }
  }

  it('(control) would be missed by that reader if they were drawn when a row is changed', async () => {
    const [first, second] = [await database().connect(), await database().connect()];
    // Not deferred: ids are taken at once, and committed in whatever order.
    await database().sql('CREATE TABLE naive (id bigint GENERATED ALWAYS AS IDENTITY, what text)');
    await first.query('BEGIN');
    await first.query(`INSERT INTO naive (what) VALUES ('first')`);
    await second.query(`INSERT INTO naive (what) VALUES ('second')`);
    const [page] = await database().sql<{ id: number }>('SELECT id::int AS id FROM naive WHERE id > 0');
    await first.query('COMMIT');
    expect(await database().sql('SELECT FROM naive WHERE id > $1', [page?.id])).to.have.length(0);
    expect(await database().sql('SELECT FROM naive')).to.have.length(2);
  });
});
