import { expect } from 'chai';
import { countPrunable, prune, readPrunable } from '../../src/db/prune.ts';
import { readPruned } from '../../src/db/read/events.ts';
import { BEGINNING, type Place } from '../../src/domain/event.ts';
import { readSettledPage } from '../../src/events/read-page.ts';
import { Settled } from '../../src/events/settled.ts';
import { onEachDatabase } from '../support/on-each.ts';

onEachDatabase('Pruning the record', (database) => {
  const sql = <Row>(text: string) => database().sql<Row>(text);
  const left = async () =>
    (
      await sql<{ transitions: number; changes: number; commits: number }>(
        `SELECT (SELECT count(*) FROM transition)::int AS transitions, (SELECT count(*) FROM change)::int AS changes,
          (SELECT count(*) FROM change_commit)::int AS commits`,
      )
    )[0];
  beforeEach(async () => {
    await sql('UPDATE record_pruned SET up_to = 0, n = 0');
    await sql('DELETE FROM record_consumer');
    for (let i = 0; i < 3; i++) await database().stage('-2 hours', '-1 hour');
    await sql(
      `UPDATE transition SET due_at = due_at - interval '500 days', occurred_at = occurred_at - interval '500 days'`,
    );
    await sql(`UPDATE change SET changed_at = changed_at - interval '500 days'`);
    await database().stage('-2 hours', '-1 hour');
  });

  after(async () => {
    if (database().database.kind === 'embedded') await sql('UPDATE record_pruned SET up_to = 0, n = 0');
  });

  it('deletes what is older, says what it would delete, and leaves the rest', async () => {
    const { upTo, heldBackBy } = await readPrunable(database().db, 'P400D');
    expect(heldBackBy).to.equal(null);
    const amount = { transitions: 6, changes: 3, alerts: 0 };
    expect(await countPrunable(database().db, upTo)).to.deep.equal(amount);
    expect(await left()).to.deep.equal({ transitions: 8, changes: 4, commits: 4 });
    expect(await prune(database().db, upTo, 2)).to.deep.equal(amount);
    expect(await left()).to.deep.equal({ transitions: 2, changes: 1, commits: 1 });
    expect((await readPruned(database().database.em())).number).to.equal(upTo);
    expect((await readPrunable(database().db, 'P400D')).upTo).to.equal(upTo);
  });

  it('deletes nothing that is younger, and with P0D everything, also places without changes', async () => {
    const amountOf = async (age: string) => countPrunable(database().db, (await readPrunable(database().db, age)).upTo);
    expect(await amountOf('P2Y')).to.deep.equal({ transitions: 0, changes: 0, alerts: 0 });
    await sql('TRUNCATE change');
    await database().stage('-2 hours', '-1 hour');
    const { upTo } = await readPrunable(database().db, 'P0D');
    expect(await prune(database().db, upTo, 2)).to.deep.equal({ transitions: 10, changes: 1, alerts: 0 });
    expect(await left()).to.deep.equal({ transitions: 0, changes: 0, commits: 0 });
  });

  it('keeps what is younger, and is not held up for ever, where a clock was wrong', async () => {
    const ids = (await sql<{ id: string }>('SELECT id::text FROM transition ORDER BY transition.id')).map(
      ({ id }) => id,
    );
    const numbers = (
      await sql<{ number: string }>('SELECT number::text FROM change_commit ORDER BY change_commit.number')
    ).map(({ number }) => number);
    const upTo = async (age = 'P400D', hostMs?: number) => (await readPrunable(database().db, age, hostMs)).upTo;
    const stamp = (id: string | undefined, at: string) =>
      sql(`UPDATE transition SET due_at = NULL, occurred_at = ${at} WHERE id = ${id}`);
    const lastOld = ids[5];
    // Young ones that say that they are very old, the last of all among them.
    await stamp(ids[7], "'1990-01-01Z'");
    expect(await upTo()).to.equal(lastOld);
    await sql(`UPDATE change SET changed_at = '1990-01-01Z' WHERE statement = (SELECT max(statement) FROM change)`);
    expect(await upTo()).to.equal(lastOld);
    // An old one from the future holds up nothing; where it is the last, nothing says that it is old.
    await stamp(ids[2], "'2190-01-01Z'");
    expect(await upTo()).to.equal(lastOld);
    await stamp(ids[5], "'infinity'");
    expect(await upTo()).to.equal(ids[4]);
    // One that is merely ahead holds up until it is old itself.
    await stamp(ids[2], "now() - interval '399 days'");
    expect(await upTo()).to.equal(numbers[1]);
    await stamp(ids[2], "now() - interval '401 days'");
    expect(await upTo()).to.equal(ids[2]);
    // The database's clock may be wrong just now.
    expect(await upTo('P0D', Date.parse('2000-01-01T00:00:00Z'))).to.equal('0');
  });

  it('goes no further than the slowest consumer has read, and names it', async () => {
    const [third] = await sql<{ id: string }>(
      'SELECT id::text FROM transition ORDER BY transition.id OFFSET 2 LIMIT 1',
    );
    await sql(`INSERT INTO record_consumer (name, read_to) VALUES ('fast', 9000000000), ('slow', ${third?.id})`);
    const { heldBackBy, upTo } = await readPrunable(database().db, 'P400D');
    expect(heldBackBy).to.include({ name: 'slow', readTo: third?.id });
    expect(upTo).to.equal(third?.id);
  });

  it('tells a reader that has not read all of it, also in the middle of a statement, and begins with what is left', async () => {
    const em = () => database().database.em();
    const read = (after: Place) => readSettledPage(em(), new Settled(em), { after, of: {}, types: null, limit: 100 });
    await sql(
      `INSERT INTO stage (assignment_id, name) SELECT '${database().assignment}', 's' FROM generate_series(1, 3)`,
    );
    const all = (await read(BEGINNING)).events.map(({ place }) => place);
    const last = all.at(-1) as Place;
    expect(last.n).to.equal(3);
    await prune(database().db, last.number);
    const refused = async (after: Place) =>
      read(after).then(
        () => null,
        (error) => error.code,
      );
    expect(await refused(all[0] as Place)).to.equal('events_pruned');
    expect(await refused({ ...last, n: 2 })).to.equal('events_pruned');
    expect(await refused(last)).to.equal(null);
    await database().stage(null);
    expect((await read(BEGINNING)).events).to.have.length(1);
  });
});
