import { expect } from 'chai';
import type pg from 'pg';
import { advance } from '../../src/db/leading/advance.ts';
import { type Message, parseMessage } from '../../src/db/message.ts';
import { CHANNEL, READ_CHANNEL } from '../../src/db/names.ts';
import { onPostgres } from '../support/on-each.ts';
import { within } from '../support/wait.ts';

/** An edit travels inside its own transaction: what is said on the channel, and what is not. */
onPostgres('What an edit says', (database) => {
  let ear: pg.Client;
  let heard: string[] = [];
  let onEnd = (): void => {};

  before(async () => {
    ear = await database().connect();
    ear.on('notification', ({ payload = '' }) => {
      if (payload === 'end of test') onEnd();
      else heard.push(payload);
    });
    const [row] = await database().sql<{ channel: string }>(READ_CHANNEL.text);
    await ear.query(`LISTEN ${row?.channel}`);
  });
  beforeEach(() => said());

  /** Everything said up to now but that the record grew. Notifications come in commit order, so the last one ends them. */
  const said = async (): Promise<(Message | null)[]> => (await all()).filter((message) => message?.kind !== 'record');
  async function all(): Promise<(Message | null)[]> {
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve;
    });
    await database().sql(`SELECT pg_notify(${CHANNEL}, 'end of test')`);
    await within(ended, 5000, 'the notification');
    const payloads = heard;
    heard = [];
    return payloads.map(parseMessage);
  }

  /** The instants of the one message there is, ascending; null for 'look at all'. */
  async function instants(): Promise<number[] | null> {
    const messages = await said();
    expect(messages).to.have.length(1);
    const [message] = messages;
    if (message?.kind !== 'edit') throw new Error(`not an edit: ${message?.kind}`);
    return message.instants?.toSorted((a, b) => a - b) ?? null;
  }

  it('an insert names the boundaries that are still to come', async () => {
    const future = await database().read(await database().stage('1 hour', '2 hours'));
    expect(await instants()).to.deep.equal([future.startMs, future.endMs]);
    const active = await database().read(await database().stage('-1 hour', '2 hours'));
    expect(await instants()).to.deep.equal([active.endMs]);
  });

  it('nothing comes, nothing is said: unplanned and completed stages', async () => {
    await database().stage(null);
    await database().stage('-2 hours', '-1 hour');
    expect(await said()).to.deep.equal([]);
  });

  it('an update names the old instants and the new ones, and not what stayed', async () => {
    const id = await database().stage('1 hour', '3 hours');
    const before = await database().read(id);
    await said();
    await database().sql(`UPDATE stage SET start_date = start_date + interval '1 hour' WHERE id = $1`, [id]);
    const after = await database().read(id);
    expect(await instants()).to.deep.equal([before.startMs, after.startMs]);
  });

  it('an edit of the name says nothing but that the record grew', async () => {
    const id = await database().stage('1 hour');
    await said();
    await database().sql(`UPDATE stage SET name = 'renamed', position = 3 WHERE id = $1`, [id]);
    expect(await all()).to.deep.equal([{ kind: 'record' }]);
  });

  it('a delete names what will not come any more, also by cascade', async () => {
    const id = await database().stage('1 hour');
    const { startMs } = await database().read(id);
    await said();
    await database().sql('DELETE FROM stage WHERE id = $1', [id]);
    expect(await instants()).to.deep.equal([startMs]);
    const other = await database().newAssignment();
    await database().sql(`INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', '2190-01-01Z')`, [
      other,
    ]);
    await said();
    await database().sql('DELETE FROM assignment WHERE id = $1', [other]);
    expect(await instants()).to.deep.equal([Date.UTC(2190, 0, 1)]);
  });

  it('TRUNCATE says: look at all', async () => {
    await database().sql('TRUNCATE stage');
    expect(await instants()).to.equal(null);
  });

  it('stages that share an instant share its mention, and 200 instants are still named', async () => {
    await insertMany(5000, 200);
    expect(await instants()).to.have.length(200);
  });

  it('more than 200 instants become: look at all, in an insert, an update and a delete', async () => {
    await insertMany(10_000, 10_000);
    expect(await instants()).to.equal(null);
    await database().sql(`UPDATE stage SET start_date = start_date + interval '1 hour'`);
    expect(await instants()).to.equal(null);
    await database().sql('DELETE FROM stage');
    expect(await instants()).to.equal(null);
  });

  it('an upsert speaks for the rows that it inserted and for those that it updated', async () => {
    const old = await database().stage('1 hour');
    const { startMs } = await database().read(old);
    await said();
    await database().sql(
      `INSERT INTO stage (id, assignment_id, name, start_date)
       VALUES ($2, $1, 'old', '2100-01-01Z'), (gen_random_uuid(), $1, 'new', '2101-01-01Z')
       ON CONFLICT (id) DO UPDATE SET start_date = excluded.start_date`,
      [database().assignment, old],
    );
    const named = (await said()).flatMap((message) => (message?.kind === 'edit' ? message.instants : []));
    expect(named).to.have.members([startMs, Date.UTC(2100, 0, 1), Date.UTC(2101, 0, 1)]);
  });

  it('what is rolled back was never said', async () => {
    const client = await database().connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', '2100-01-01Z')`, [
      database().assignment,
    ]);
    await client.query('ROLLBACK');
    expect(await said()).to.deep.equal([]);
  });

  it('the advance itself says nothing of edits', async () => {
    await database().missed('-1 minute', '1 hour', 3);
    expect((await advance(database().db, { term: null, limit: 10, cause: 'sweep', instance: 'test' })).moved).to.equal(
      3,
    );
    expect(await said()).to.deep.equal([]);
  });

  async function insertMany(stages: number, differentInstants: number): Promise<void> {
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date)
       SELECT $1, 'many', date_trunc('hour', now()) + interval '1 day' + (i % $3) * interval '1 s' FROM generate_series(1, $2::int) AS i`,
      [database().assignment, stages, differentInstants],
    );
  }
});
