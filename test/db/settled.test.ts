import { expect } from 'chai';
import type pg from 'pg';
import { sqlStateOf } from '../../src/commands/refusals.ts';
import { BEGINNING, comparePlaces, type Place, typeOf } from '../../src/domain/event.ts';
import { readSettledPage } from '../../src/events/read-page.ts';
import { Settled } from '../../src/events/settled.ts';
import { onPostgres } from '../support/on-each.ts';
import { holdCommit, untilAsleep } from '../support/waits.ts';

/** Who reads up to where the record is settled misses nothing, whatever commits meanwhile. */
onPostgres('A settled record', (database) => {
  const settled = async (client: pg.Client): Promise<string> =>
    (await client.query('SELECT record_settled()::text AS number')).rows[0].number;
  const slowCommit = (writer: pg.Client) => {
    const insert = `INSERT INTO stage (assignment_id, name) VALUES ($1, 'slow')`;
    return holdCommit(database(), writer, () => writer.query(insert, [database().assignment]), 'change_commit');
  };
  const last = async (): Promise<number> =>
    (await database().sql<{ n: number }>('SELECT max(id)::float8 AS n FROM transition'))[0]?.n ?? 0;

  it('waits for commits that are under way, and nobody waits for the reader', async () => {
    const [writer, reader] = [await database().connect(), await database().connect()];
    const slow = await slowCommit(writer);
    let isAnswered = false;
    const answer = settled(reader).finally(() => {
      isAnswered = true;
    });
    await untilAsleep(database(), reader);
    await database().stage('-1 hour');
    expect(isAnswered).to.equal(false);
    await slow.release();
    // What was written after it was asked may be settled, and need not be.
    expect(Number(await answer)).to.equal((await last()) - 2);
  });

  it('says so where a commit does not end', async () => {
    const [writer, reader] = [await database().connect(), await database().connect()];
    const slow = await slowCommit(writer);
    expect(await settled(reader).catch((error) => error.code)).to.equal('55P03');
    await slow.release();
  });

  it('ends at the last transition that can be seen while somebody records others', async () => {
    await database().stage('-1 hour');
    const [writer, reader] = [await database().connect(), await database().connect()];
    const before = await settled(reader);
    await writer.query('BEGIN; SELECT transition_gate()');
    await writer.query(`SELECT nextval(pg_get_serial_sequence('transition', 'id'))`);
    expect(await settled(reader)).to.equal(before);
    await writer.query('ROLLBACK');
    expect(Number(await settled(reader))).to.equal(Number(before) + 1);
  });

  it('ends before all where the first transition ever is being recorded, and somebody edits meanwhile', async () => {
    const [writer, reader] = [await database().connect(), await database().connect()];
    await writer.query('BEGIN; SELECT transition_gate()');
    await writer.query(`SELECT nextval(pg_get_serial_sequence('transition', 'id'))`);
    await database().stage(null);
    expect(await settled(reader)).to.equal('0');
    await writer.query('ROLLBACK');
  });

  it('waits for edits alone, and not for a backup that holds every table', async () => {
    const [backup, writer, reader] = [
      await database().connect(),
      await database().connect(),
      await database().connect(),
    ];
    await backup.query('BEGIN; LOCK TABLE change_gate, record_gate IN ACCESS SHARE MODE');
    const slow = await slowCommit(writer);
    const answer = settled(reader);
    await untilAsleep(database(), reader);
    await slow.release();
    expect(Number(await answer)).to.be.above(0);
    await backup.query('ROLLBACK');
  });

  it('is read as far as it was settled before, while a commit hangs, and fails rather than be taken for all', async () => {
    await database().stage(null);
    const reading = new Settled(() => database().database.em());
    const page = (after: Place) =>
      readSettledPage(database().database.em(), reading, { after, of: {}, types: null, limit: 10 });
    const before = await page(BEGINNING);
    const writer = await database().connect();
    const slow = await slowCommit(writer);
    const last = before.events.at(-1)?.place as Place;
    const answers = await Promise.all([page(BEGINNING), page(last).catch((error) => sqlStateOf(error))]);
    expect(answers).to.deep.equal([before, '55P03']);
    await slow.release();
    expect((await page(last)).events).to.have.length(1);
  });

  it('a consumer that follows many writers at once sees each event once, in order, and misses none', async function () {
    this.timeout(60_000);
    const writers = await Promise.all(Array.from({ length: 6 }, () => database().connect()));
    const seen: Place[] = [];
    const types = new Map<string, number>();
    let after = BEGINNING;
    const reading = new Settled(() => database().database.em());
    const read = async (): Promise<boolean> => {
      const { events, next } = await readSettledPage(database().database.em(), reading, {
        after,
        of: {},
        types: null,
        limit: 100,
      });
      for (const event of events) types.set(typeOf(event), (types.get(typeOf(event)) ?? 0) + 1);
      seen.push(...events.map(({ place }) => place));
      after = events.at(-1)?.place ?? after;
      return next !== null;
    };
    let isWriting = true;
    const write = async (client: pg.Client, n: number): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO stage (assignment_id, name, start_date) SELECT $1, 'w', now() + $2 * interval '1 hour' FROM generate_series(1, $3)`,
          [database().assignment, (i + n) % 3 === 0 ? -1 : 1, 1 + (i % 5)],
        );
        if (i % 4 === 0)
          await client.query(`UPDATE stage SET name = 'x' WHERE id = (SELECT id FROM stage ORDER BY id DESC LIMIT 1)`);
        await client.query(i % 7 === 0 ? 'ROLLBACK' : 'COMMIT');
      }
    };
    const writing = Promise.all(writers.map(write)).finally(() => {
      isWriting = false;
    });
    while (isWriting) await read();
    await writing;
    while (await read());
    const [counts] = await database().sql<{ changes: number; transitions: number }>(
      'SELECT (SELECT count(*) FROM change)::int AS changes, (SELECT count(*) FROM transition)::int AS transitions',
    );
    expect(seen).to.have.length((counts?.changes ?? 0) + (counts?.transitions ?? 0));
    expect(seen.every((place, i) => i === 0 || comparePlaces(seen[i - 1] as Place, place) < 0)).to.equal(true);
    expect([...types.keys()]).to.have.members(['stage.created', 'stage.edited', 'stage.activated']);
  });
});
