import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type pg from 'pg';
import { readHoldersOfDue, readWaitedFor } from '../../src/db/blockers.ts';
import { onPostgres } from '../support/on-each.ts';
import { eventually } from '../support/wait.ts';
import { pidOf } from '../support/waits.ts';

/** The first SQL block of operations.md under this heading: what an operator pastes at night. */
function documented(heading: string): string {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const found = page.slice(page.indexOf(heading)).match(/```sql\n(.*?)```/s);
  if (found?.[1] === undefined) throw new Error(`operations.md has no SQL under "${heading}"`);
  return found[1];
}

onPostgres('Who holds up the bells', (database) => {
  let holder: pg.Client;
  let ours: pg.Client;
  beforeEach(async () => {
    holder = await database().connect();
    await holder.query(`SET application_name = 'a report'`);
    ours = await database().connect();
    await ours.query(`SET application_name = 'stagebell:ring'`);
  });
  const pids = (rows: { pid: number }[]) => rows.map(({ pid }) => Number(pid));

  /** A statement of ours waits for `lock`, and somebody else queues behind us. */
  async function whileWaiting(lock: string, look: () => Promise<void>): Promise<void> {
    await holder.query(`BEGIN; ${lock}`);
    const waiting = ours.query('UPDATE stage SET name = name WHERE false');
    try {
      await eventually(look);
    } finally {
      await holder.query('ROLLBACK');
      await waiting;
    }
  }

  for (const mode of ['SHARE', 'ACCESS EXCLUSIVE', 'SHARE ROW EXCLUSIVE'])
    it(`is the holder of a lock on the table in ${mode} mode, and never ourselves`, () =>
      whileWaiting(`LOCK TABLE stage IN ${mode} MODE`, async () => {
        expect(pids(await readWaitedFor(database().db))).to.deep.equal([pidOf(holder)]);
        const pasted = await database().sql<{ pid: number }>(documented('### Who holds up the bells'));
        expect(pids(pasted)).to.deep.equal([pidOf(holder)]);
      }));

  it('is CREATE INDEX at the head of a queue of three', async () => {
    await database().stage('1 hour');
    const third = await database().connect();
    await third.query(`SET application_name = 'stagebell'`);
    await whileWaiting('CREATE INDEX ON stage (name)', async () => {
      const also = third.query('LOCK TABLE stage IN ACCESS EXCLUSIVE MODE NOWAIT').catch(() => {});
      expect(pids(await readWaitedFor(database().db))).to.deep.equal([pidOf(holder)]);
      await also;
    });
  });

  it('is every session that holds rows that are due, which the advance skips', async () => {
    await database().missed('-1 hour');
    const free = await database().missed('-1 hour');
    expect(await readHoldersOfDue(database().db)).to.deep.equal([]);
    await holder.query('BEGIN');
    await holder.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', free);
    expect(await readWaitedFor(database().db)).to.deep.equal([]);
    expect(pids(await readHoldersOfDue(database().db))).to.deep.equal([pidOf(holder)]);
    const pasted = await database().sql<{ pid: number }>(documented('If the list is empty'));
    expect(pids(pasted)).to.deep.equal([pidOf(holder)]);
    await holder.query('ROLLBACK');
  });

  it('is among those that share the rows', async () => {
    const ids = await database().missed('-1 hour');
    const other = await database().connect();
    for (const client of [holder, other]) {
      await client.query('BEGIN');
      await client.query('SELECT FROM stage WHERE id = $1 FOR SHARE', ids);
    }
    expect(pids(await readHoldersOfDue(database().db)).sort()).to.deep.equal([pidOf(holder), pidOf(other)].sort());
    for (const client of [holder, other]) await client.query('ROLLBACK');
  });
});
