import { expect } from 'chai';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { readOverdue } from '../../src/db/leading/heartbeat.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import type { StageRow } from '../support/migrated.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';

onEachDatabase('The advance', (database) => {
  afterEach(() => expectSound(database()));
  const sweep = (limit = 1000): Promise<Advanced> =>
    advance(database().db, { term: null, limit, cause: 'sweep', instance: 'test', actor: 'ann' });

  it('moves what is due, and nothing else', async () => {
    const [start = ''] = await database().missed('-1 minute', '1 hour');
    const [end = ''] = await database().missed('-2 hours', '-1 minute');
    const others = [
      await database().stage('1 hour', '2 hours'),
      await database().stage(null),
      await database().stage('-1 hour'),
    ];
    const readOthers = async () => {
      const rows: StageRow[] = [];
      for (const id of others) rows.push(await database().read(id));
      return rows;
    };
    const before = await readOthers();
    const advanced = await sweep();
    expect(advanced).to.include({ isCurrent: true, moved: 3 });
    expect((await database().read(start)).status).to.equal('active');
    expect((await database().read(end)).status).to.equal('completed');
    expect(await readOthers()).to.deep.equal(before);
    expect(await sweep()).to.deep.include({ isCurrent: true, moved: 0, chosen: 0, firstDueMs: null, tally: [] });
  });

  it('never moves early (G1): not a millisecond before the instant, by the database clock', async () => {
    // Sweep upon sweep around the instant. occurred_at could not show an early one, because it is never
    // written earlier than due_at; updated_at is the time at which the statement judged.
    let early = 0;
    for (let i = 0; i < 20; i++) {
      const id = await database().stage('15 ms');
      // The insert took longer than that: it is active already, and nothing is left to move.
      if ((await database().read(id)).status === 'active') continue;
      while ((await sweep()).moved === 0) early += 1;
      const [row] = await database().sql<{ late: number }>(
        'SELECT (extract(epoch FROM updated_at - start_date) * 1000)::float8 AS late FROM stage WHERE id = $1',
        [id],
      );
      expect(row?.late).to.be.within(0, 1000);
    }
    expect(early, 'runs before the instant').to.be.greaterThan(0);
  });

  it('records a time that has come: cut to the millisecond, not rounded into the future', async () => {
    await database().sql(`CREATE FUNCTION refuse_future() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.occurred_at > clock_timestamp() THEN RAISE 'recorded before it occurred'; END IF;
        RETURN NEW;
      END $$`);
    await database().sql(
      'CREATE TRIGGER refuse_future BEFORE INSERT ON transition FOR EACH ROW EXECUTE FUNCTION refuse_future()',
    );
    try {
      // Often, because half of all times are rounded down.
      for (let i = 0; i < 30; i++) {
        await database().missed('-1 minute');
        expect((await sweep()).moved).to.equal(1);
      }
    } finally {
      await database().sql('DROP FUNCTION refuse_future CASCADE');
    }
  });

  it('records both boundaries of a stage that missed both, in order, and moves it once (G2)', async () => {
    const [id = ''] = await database().missed('-2 hours', '-1 hour');
    const before = await database().read(id);
    expect((await sweep()).moved).to.equal(2);
    expect(await database().read(id)).to.deep.equal({ ...before, status: 'completed', version: before.version + 1 });
    const record = await database().record(id);
    expect(record.map(({ from, to, dueMs }) => [from, to, dueMs])).to.deep.equal([
      ['pending', 'active', before.startMs],
      ['active', 'completed', before.endMs],
    ]);
  });

  it('writes who moved it, why, and in which term', async () => {
    await database().missed('-1 minute');
    const term = await takeTerm(database().db, 'leader', 5000, 'always');
    await advance(database().db, { term, limit: 10, cause: 'timer', instance: 'web.1' });
    await database().missed('-1 minute');
    await sweep();
    expect(
      (await database().record()).map(({ cause, instance, term, actor }) => [cause, instance, term, actor]),
    ).to.deep.equal([
      ['timer', 'web.1', term?.epoch, null],
      ['sweep', 'test', term?.epoch, 'ann'],
    ]);
  });

  it('works through a burst in batches, in global order of the instants, each within its limit', async () => {
    for (let i = 0; i < 30; i++) await database().missed(`-${90 - i} minutes`, `-${75 - i * 2} minutes`, 2);
    const batches: number[] = [];
    for (let moved = 1; moved > 0; ) {
      moved = (await sweep(7)).moved;
      batches.push(moved);
    }
    expect(batches).to.deep.equal([...Array(17).fill(7), 1, 0]);
    const record = await database().record();
    expect(record.map(({ dueMs }) => dueMs)).to.deep.equal(
      record.map(({ dueMs }) => dueMs ?? 0).toSorted((a, b) => a - b),
    );
    expect(record.map(({ occurredMs }) => occurredMs)).to.deep.equal(
      record.map(({ occurredMs }) => occurredMs).toSorted((a, b) => a - b),
    );
    expect(await readOverdue(database().db)).to.equal(0);
  });

  it('tells the earliest instant that it moved, and how late everything was', async () => {
    await database().missed('-2 seconds', '1 hour', 3);
    await database().missed('-2 hours', '-1 second', 2);
    const { tally, moved, firstDueMs } = await sweep();
    expect(tally.reduce((sum, { count }) => sum + count, 0))
      .to.equal(moved)
      .and.equal(7);
    expect(tally.map(({ latenessMs }) => latenessMs)).to.deep.equal(
      tally.map((t) => t.latenessMs).toSorted((a, b) => a - b),
    );
    const completed = tally.filter(({ to }) => to === 'completed');
    expect(completed.reduce((sum, { count }) => sum + count, 0)).to.equal(2);
    for (const { latenessMs } of completed) expect(latenessMs).to.be.within(1000, 2000);
    expect(firstDueMs).to.equal(Math.min(...(await database().record()).map(({ dueMs }) => dueMs ?? 0)));
  });

  it('moves nothing in a term that is over, and says so', async () => {
    const old = await takeTerm(database().db, 'old', 5000, 'always');
    const current = await takeTerm(database().db, 'new', 5000, 'always');
    await database().missed('-1 minute', null, 3);
    for (const term of [old, { epoch: current?.epoch ?? 0, nonce: old?.nonce ?? '' }]) {
      const advanced = await advance(database().db, { term, limit: 10, cause: 'timer', instance: 'old' });
      expect(advanced).to.deep.include({ isCurrent: false, moved: 0, firstDueMs: null, tally: [] });
    }
    expect(await readOverdue(database().db)).to.equal(3);
    expect(
      (await advance(database().db, { term: current, limit: 10, cause: 'timer', instance: 'new' })).moved,
    ).to.equal(3);
  });
});

onPostgres('The advance among other writers', (database) => {
  const sweep = () => advance(database().db, { term: null, limit: 1000, cause: 'sweep', instance: 'test' });
  afterEach(() => expectSound(database()));

  it('does not wait for rows that somebody holds, and finds them the next time', async () => {
    const [held = ''] = await database().missed('-2 minutes', '-1 minute');
    await database().missed('-1 minute', null, 5);
    const psql = await database().connect();
    await psql.query('BEGIN');
    await psql.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', [held]);
    expect((await sweep()).moved).to.equal(5);
    expect((await database().read(held)).status).to.equal('pending');
    await psql.query('COMMIT');
    expect((await sweep()).moved).to.equal(2);
  });

  it('two at once move each boundary once', async () => {
    const other = database().database.openSession('other', 10_000);
    await database().missed('-2 minutes', '-1 minute', 500);
    const options = { term: null, limit: 100, cause: 'sweep', instance: 'test' } as const;
    const drain = async (db: typeof other): Promise<number> => {
      let sum = 0;
      for (let moved = 1, idle = 0; moved > 0 || idle < 2; ) {
        moved = (await advance(db, options)).moved;
        // Nothing moved may mean that the other one holds it all just now.
        idle = moved === 0 ? idle + 1 : 0;
        sum += moved;
      }
      return sum;
    };
    const sums = await Promise.all([drain(database().db), drain(other)]);
    await other.close();
    expect(sums[0] + sums[1] + (await sweep()).moved).to.equal(1000);
    expect(await database().record()).to.have.length(1000);
  });
});
