import { expect } from 'chai';
import { reconcile } from '../../src/commands/reconcile.ts';
import { changesOf } from '../support/changes.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';

/** Every edit, by whichever writer, leaves its rows in the table `change`, in the same transaction. */
onEachDatabase('The record of edits', (database) => {
  const sql = <Row>(text: string, values?: unknown[]) => database().sql<Row>(text, values);
  const changes = () => changesOf(database());

  it('keeps what was created, edited and deleted, with the fields that differ', async () => {
    const id = await database().stage(null);
    await sql(`UPDATE stage SET name = 'new', start_date = '2199-01-01 08:00:00+08' WHERE id = $1`, [id]);
    await sql('DELETE FROM stage WHERE id = $1', [id]);
    const [created, edited, deleted] = await changes();
    expect(created).to.include({ action: 'created', stage_id: id, assignment_id: database().assignment, was: null });
    expect(created?.became).to.include({ name: 'test 1', start_date: null, position: 0 });
    expect(edited?.was).to.deep.equal({ name: 'test 1', start_date: null });
    expect(edited?.became).to.deep.equal({ name: 'new', start_date: '2199-01-01T00:00:00+00:00' });
    expect(deleted).to.include({ action: 'deleted', became: null });
    expect(deleted?.was).to.include({ name: 'new', start_date: '2199-01-01T00:00:00+00:00' });
  });

  it('keeps those of assignments, and a deletion takes the stages along', async () => {
    const id = await database().newAssignment();
    await sql(`INSERT INTO stage (assignment_id, name) VALUES ($1, 'its')`, [id]);
    await sql(`UPDATE assignment SET title = 'new' WHERE id = $1`, [id]);
    await sql('DELETE FROM assignment WHERE id = $1', [id]);
    const kinds = (await changes()).map(
      ({ stage_id, action }) => `${stage_id === null ? 'assignment' : 'stage'} ${action}`,
    );
    expect(kinds).to.deep.equal([
      'assignment created',
      'stage created',
      'assignment edited',
      'assignment deleted',
      'stage deleted',
    ]);
  });

  it('is kept under ids, which nobody can change', async () => {
    const id = await database().newAssignment();
    for (const table of ['assignment', 'stage']) {
      if (table === 'stage') await database().stage(null);
      const refusal = await sql(`UPDATE ${table} SET id = gen_random_uuid()`).catch((error: Error) => error.message);
      expect(refusal).to.match(/cannot be changed: its record is kept under it/);
    }
    expect(await sql('SELECT FROM assignment WHERE id = $1', [id])).to.have.length(1);
  });

  it('has no row for an edit that changes nothing, and none for the advance', async () => {
    const id = await database().stage('-1 hour', '1 hour');
    await sql('UPDATE stage SET name = name, status = status WHERE id = $1', [id]);
    await sql(`UPDATE stage SET status = 'completed', version = 7 WHERE id = $1`, [id]);
    await sql('UPDATE assignment SET title = title');
    await database().missed('-1 hour');
    expect(await reconcile(database().db, { instance: 'test', actor: null })).to.include({ activated: 1 });
    expect(await changes()).to.have.length(1);
  });

  it('has one row for each statement of a transaction, all of one batch, and none of a savepoint that was rolled back', async () => {
    const id = await database().stage(null);
    await database().transaction(async () => {
      for (const name of ['a', 'b']) await sql('UPDATE stage SET name = $2 WHERE id = $1', [id, name]);
      await sql('SAVEPOINT here');
      await sql(`UPDATE stage SET name = 'never'`);
      await sql('ROLLBACK TO here');
      await sql(`UPDATE stage SET name = 'c'`);
    });
    const [, ...edits] = await changes();
    expect(edits.map(({ became }) => became)).to.deep.equal([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    expect(new Set(edits.map(({ batch }) => batch)).size).to.equal(1);
  });

  it('says who and why: what an SQL writer says about itself follows its role', async () => {
    await database().transaction(async () => {
      await sql(`SET LOCAL stagebell.actor = 'li.wei'`);
      await sql(`SET LOCAL stagebell.reason = 'the exam moved'`);
      await database().stage(null);
    });
    await database().stage(null);
    const [told, untold] = await changes();
    const { role } = told ?? {};
    expect(told).to.include({ actor: `sql:${role}:li.wei`, reason: 'the exam moved', instance: null });
    expect(untold).to.include({ actor: `sql:${role}`, reason: null });
  });

  it('cuts a reason that is too long: no edit fails for it', async () => {
    await database().transaction(async () => {
      await sql(`SELECT set_config('stagebell.reason', repeat('x', 10000), true)`);
      await database().stage(null);
    });
    expect((await changes())[0]?.reason).to.equal('x'.repeat(500));
  });

  it('keeps what TRUNCATE takes, stages by CASCADE too', async () => {
    await database().stage(null);
    await sql('TRUNCATE assignment CASCADE');
    database().assignment = await database().newAssignment();
    const deleted = (await changes()).filter(({ action }) => action === 'deleted');
    expect(deleted.filter(({ stage_id }) => stage_id !== null)).to.have.length(1);
    expect(deleted.filter(({ stage_id }) => stage_id === null)).to.not.be.empty;
  });

  it('goes with TRUNCATE of everything, by which all begins anew', async () => {
    await database().stage('-1 hour');
    await sql('TRUNCATE assignment, stage, transition, change, change_commit RESTART IDENTITY');
    database().assignment = await database().newAssignment();
    await database().stage('-1 hour');
    expect((await changes()).map(({ action }) => action)).to.deep.equal(['created', 'created']);
  });

  it('goes on where its numbers are where TRUNCATE begins those of the transitions anew', async () => {
    await database().stage('-1 hour');
    await sql('TRUNCATE stage, transition RESTART IDENTITY');
    await database().stage('-1 hour');
    const numbers = (await changes()).map(({ number }) => Number(number));
    expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('records a row of INSERT ... ON CONFLICT DO UPDATE as created or edited, whichever happened', async () => {
    const id = await database().stage(null);
    await sql(
      `INSERT INTO stage (id, assignment_id, name) VALUES ($2, $1, 'old'), (gen_random_uuid(), $1, 'new')
        ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      [database().assignment, id],
    );
    expect((await changes()).slice(1).map(({ action, became }) => [action, became?.['name']])).to.have.deep.members([
      ['created', 'new'],
      ['edited', 'old'],
    ]);
  });

  it('has nothing of a session that switched the triggers off', async () => {
    await database().missed('-1 hour');
    expect(await changes()).to.be.empty;
  });

  it('is written at the end of a transaction that wants all constraints at once', async () => {
    await database().transaction(async () => {
      await database().stage('-1 hour');
      await sql('SET CONSTRAINTS ALL IMMEDIATE');
      await database().stage('-1 hour');
      await sql('SET CONSTRAINTS edit_record IMMEDIATE');
      for (const name of ['commits', 'fires', 'pass', 'put_off_to']) await sql(`SET LOCAL stagebell.${name} = '1'`);
      await sql('SET CONSTRAINTS ALL IMMEDIATE');
      const [held] = await sql<{ n: number }>('SELECT count(*)::int AS n FROM change_commit');
      expect(held?.n).to.equal(0);
    });
    expect(await changes()).to.have.length(2);
    expect(await database().record()).to.have.length(2);
  });
});

onPostgres('The record of edits, by writers of PostgreSQL', (database) => {
  it('COPY', async () => {
    await database().sql(
      `COPY stage (assignment_id, name) FROM PROGRAM 'printf "${database().assignment}\\tone\\n${database().assignment}\\ttwo\\n"'`,
    );
    expect((await changesOf(database())).map(({ became }) => became?.['name'])).to.deep.equal(['one', 'two']);
  });

  it('of a role that has rights on stages alone', async () => {
    const client = await database().connect();
    await client.query(`DO $$ BEGIN CREATE ROLE "plain writer"; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    await client.query('GRANT SELECT, INSERT, UPDATE, DELETE ON stage, assignment TO "plain writer"');
    await client.query('SET ROLE "plain writer"');
    await client.query(`INSERT INTO stage (assignment_id, name) VALUES ($1, 'theirs')`, [database().assignment]);
    await client.query(
      `SELECT set_config('stagebell.instance', 'web.1', false), set_config('stagebell.actor', 'office', false)`,
    );
    await client.query(`UPDATE stage SET name = 'other'`);
    const refused = await client.query('SELECT FROM change').catch((error) => error.code);
    expect(refused).to.equal('42501');
    const [created, edited] = await changesOf(database());
    expect(created?.actor).to.equal(`sql:${created?.role}`);
    // It cannot pass for the service.
    expect(edited).to.include({ instance: null, actor: `sql:${created?.role}:office` });
  });
});
