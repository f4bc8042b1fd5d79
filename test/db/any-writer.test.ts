import { expect } from 'chai';
import type { Migrated } from '../support/migrated.ts';
import { onEachDatabase } from '../support/on-each.ts';

type State = 'pending, unplanned' | 'pending, planned' | 'active, open-ended' | 'active, planned' | 'completed';

/** Dates as intervals from now, by the status that they imply. */
const DATES: Record<State, [start: string | null, end: string | null]> = {
  'pending, unplanned': [null, null],
  'pending, planned': ['1 hour', '2 hours'],
  'active, open-ended': ['-1 hour', null],
  'active, planned': ['-2 hours', '1 hour'],
  completed: ['-3 hours', '-1 hour'],
};
const STATES = Object.keys(DATES) as State[];
const statusOf = (state: State): string => state.split(',')[0] ?? '';

/** What an edit from one status to another puts on the record: [from, to, the date that is due_at]. */
const RECORDED: Record<string, [string, string, 'start' | 'end' | null][]> = {
  'pending -> active': [['pending', 'active', 'start']],
  'pending -> completed': [
    ['pending', 'active', 'start'],
    ['active', 'completed', 'end'],
  ],
  'active -> completed': [['active', 'completed', 'end']],
  'active -> pending': [['active', 'pending', null]],
  'completed -> pending': [['completed', 'pending', null]],
  'completed -> active': [['completed', 'active', null]],
};

onEachDatabase('Any writer (G4)', (database) => {
  it('gets the right status and the right history for an insert', async () => {
    for (const state of STATES) {
      const id = await database().stage(...DATES[state]);
      expect((await database().read(id)).status, state).to.equal(statusOf(state));
      await expectRecord(database(), id, [`pending -> ${statusOf(state)}`]);
    }
  });

  for (const from of STATES) {
    for (const to of STATES) {
      it(`gets them for an edit: ${from} -> ${to}`, async () => {
        const id = await database().stage(...DATES[from]);
        await edit(database(), id, ...DATES[to]);
        expect((await database().read(id)).status).to.equal(statusOf(to));
        await expectRecord(database(), id, [`pending -> ${statusOf(from)}`, `${statusOf(from)} -> ${statusOf(to)}`]);
      });
    }
  }

  it('cannot set a status by hand: the dates decide', async () => {
    const id = await database().stage('1 hour', '2 hours');
    await database().sql(`UPDATE stage SET status = 'completed' WHERE id = $1`, [id]);
    expect((await database().read(id)).status).to.equal('pending');
    await database().sql(
      `UPDATE stage SET status = 'active', start_date = start_date - interval '90 minutes' WHERE id = $1`,
      [id],
    );
    expect((await database().read(id)).status).to.equal('active');
    expect((await database().record(id)).map(({ to }) => to)).to.deep.equal(['active']);
    const [inserted] = await database().sql<{ status: string }>(
      `INSERT INTO stage (assignment_id, name, status) VALUES ($1, 'by hand', 'completed') RETURNING status`,
      [database().assignment],
    );
    expect(inserted?.status).to.equal('pending');
  });

  it('leaves what is due to the leader when the name is edited, and counts the version', async () => {
    const [id = ''] = await database().missed('-1 minute', '1 hour');
    await database().sql(`UPDATE stage SET name = 'renamed' WHERE id = $1`, [id]);
    const row = await database().read(id);
    expect(row).to.include({ status: 'pending', version: 2 });
    expect(await database().record(id)).to.deep.equal([]);
  });

  it('catches up what was missed when a date is edited', async () => {
    const [id = ''] = await database().missed('-2 minutes', '-1 minute');
    await database().sql(`UPDATE stage SET end_date = end_date + interval '1 second' WHERE id = $1`, [id]);
    expect((await database().read(id)).status).to.equal('completed');
    await expectRecord(database(), id, ['pending -> completed']);
  });

  it('counts no version for an update that changes nothing', async () => {
    const id = await database().stage('1 hour');
    await database().sql('UPDATE stage SET name = name, start_date = start_date WHERE id = $1', [id]);
    expect((await database().read(id)).version).to.equal(1);
  });

  it('is named on the record: its role in plain SQL, what the application says otherwise', async () => {
    const id = await database().stage('-1 hour');
    await database().transaction(async () => {
      await database().sql(
        `SELECT set_config('stagebell.instance', 'web.1', true), set_config('stagebell.actor', 'ann', true)`,
      );
      await database().sql(`UPDATE stage SET end_date = now() - interval '1 second' WHERE id = $1`, [id]);
    });
    await edit(database(), id, '1 hour', null);
    expect(
      (await database().record(id)).map(({ instance, actor, term, cause }) => [instance, actor, term, cause]),
    ).to.deep.equal([
      [null, 'sql:postgres', null, 'edit'],
      ['web.1', 'ann', null, 'edit'],
      [null, 'sql:postgres', null, 'edit'],
    ]);
  });

  it('gets one row a step for several edits in one transaction, and none for what it rolled back', async () => {
    const id = await database().stage('1 hour', '2 hours');
    await database().transaction(async () => {
      await edit(database(), id, '-1 hour', '1 hour');
      await database().sql('SAVEPOINT here');
      await edit(database(), id, '-2 hours', '-1 hour');
      await database().sql('ROLLBACK TO here');
      await edit(database(), id, '1 hour', '2 hours');
      await edit(database(), id, '-3 hours', '-2 hours');
    });
    const steps = (await database().record(id)).map(({ from, to }) => `${from} -> ${to}`);
    expect(steps).to.deep.equal(['pending -> active', 'active -> pending', 'pending -> active', 'active -> completed']);
  });

  it('keeps the record of a stage that is deleted, and of one that goes with its assignment', async () => {
    const deleted = await database().stage('-1 hour');
    await database().sql('DELETE FROM stage WHERE id = $1', [deleted]);
    const other = await database().newAssignment();
    const [row] = await database().sql<{ id: string }>(
      `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'cascade', now() - interval '1 s') RETURNING id`,
      [other],
    );
    await database().sql('DELETE FROM assignment WHERE id = $1', [other]);
    for (const id of [deleted, row?.id ?? '']) await expectRecord(database(), id, ['pending -> active']);
    expect(await database().sql('SELECT FROM stage')).to.have.length(0);
  });
});

async function edit(database: Migrated, id: string, start: string | null, end: string | null): Promise<void> {
  await database.sql(
    `UPDATE stage SET start_date = at + $2::interval, end_date = at + $3::interval FROM clock_timestamp() AS at WHERE id = $1`,
    [id, start, end],
  );
}

/** Exactly the rows of these edits, forwards with their due date, backwards without; each step continues the last. */
async function expectRecord(database: Migrated, id: string, edits: string[]): Promise<void> {
  const rows = await database.record(id);
  const expected = edits.flatMap((step) => RECORDED[step] ?? []);
  expect(rows.map(({ from, to }) => [from, to])).to.deep.equal(expected.map(([from, to]) => [from, to]));
  expect(rows.map(({ dueMs }) => dueMs !== null)).to.deep.equal(expected.map(([, , due]) => due !== null));
  for (const [i, row] of rows.entries()) {
    expect(row.from).to.equal(rows[i - 1]?.to ?? 'pending');
    expect(row.cause).to.equal('edit');
    if (row.dueMs !== null) expect(row.occurredMs).to.be.at.least(row.dueMs);
  }
}
