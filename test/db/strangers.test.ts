import { expect } from 'chai';
import type pg from 'pg';
import { advance } from '../../src/db/leading/advance.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres } from '../support/on-each.ts';
import { clusterUrl, runAt } from '../support/postgres.ts';
import { expectSound } from '../support/record.ts';

const ACTIVE = `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', now() - interval '1 hour') RETURNING id`;

/** What others can do in the same database: with rights on stages, with none, and with a large edit. */
onPostgres('A stranger', (database) => {
  let office: pg.Client;
  const role = `office_${process.pid}`;
  before(async () => {
    await database().sql(`CREATE ROLE ${role}`);
    await database().sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON assignment, stage TO ${role}`);
    office = await database().connect();
    await office.query(`SET SESSION AUTHORIZATION ${role}`);
  });
  afterEach(() => expectSound(database()));
  after(async () => {
    // Its database is gone, and its rights with it.
    await runAt(await clusterUrl(), `DROP ROLE ${role}`);
  });
  const refusal = (sql: string): Promise<string> =>
    office.query(sql).then(
      () => 'done',
      (error) => error.code,
    );
  const sweep = (client = database().db) =>
    advance(client, { term: null, limit: 10, cause: 'sweep', instance: 'test' });

  it('cannot hang our functions on tables of theirs, nor call what is not for them', async () => {
    await office.query('CREATE TEMP TABLE mine (LIKE stage)');
    for (const name of ['stage_notify', 'stage_derive', 'edit_record', 'leadership_say', 'assignment_touch']) {
      const sql = `CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION ${name}()`;
      expect(await refusal(sql), name).to.equal('42501');
    }
    for (const call of [
      'transition_gate()',
      'batch_gate(NULL)',
      'batch_chosen(1)',
      'shut_gate()',
      `stage_say('pulse 1 1')`,
    ]) {
      expect(await refusal(`SELECT ${call}`), call).to.equal('42501');
    }
    for (const table of ['record_gate', 'batch_slot', 'edit']) {
      expect(await refusal(`DO 'BEGIN LOCK TABLE ${table}; END'`), table).to.equal('42501');
    }
  });

  it('cannot pass for somebody else, nor for the advance', async () => {
    await office.query(`SET stagebell.instance = 'web.1'; SET stagebell.actor = 'dean'; SET stagebell.advance = 'on'`);
    const { rows } = await office.query(ACTIVE, [database().assignment]);
    await office.query(`UPDATE stage SET status = 'completed' WHERE id = $1`, [rows[0].id]);
    await office.query('RESET ALL');
    const record = await database().sql('SELECT instance, actor, role, to_status FROM transition');
    expect(record).to.deep.equal([{ instance: null, actor: `sql:${role}:dean`, role, to_status: 'active' }]);
  });

  it('holds no bell up: SET CONSTRAINTS ALL IMMEDIATE, as often as they like, leaves the gate open', async () => {
    const other = await database().connect();
    await office.query('BEGIN');
    const [before] = (await office.query(ACTIVE, [database().assignment])).rows;
    await office.query('SAVEPOINT here');
    for (const how of ['ALL', 'ALL', 'edit_record']) {
      await office.query(`SET CONSTRAINTS ${how} IMMEDIATE`);
      await office.query(`UPDATE stage SET end_date = now() - interval '1 second' WHERE id = $1`, [before.id]);
      await office.query(`UPDATE stage SET end_date = NULL WHERE id = $1`, [before.id]);
    }
    await database().missed('-1 minute');
    await other.query(`SET statement_timeout = 2000`);
    expect((await sweep(onClient(other) as never)).moved).to.equal(1);
    await office.query('ROLLBACK TO here');
    await office.query('SET CONSTRAINTS ALL IMMEDIATE');
    await office.query(`UPDATE stage SET end_date = now() - interval '1 second' WHERE id = $1`, [before.id]);
    await office.query('COMMIT');
    expect((await database().record(before.id)).map(({ to }) => to)).to.deep.equal(['active', 'completed']);
  });

  it('holds no bell up with advisory locks, whichever they are', async () => {
    await office.query(`SELECT count(pg_advisory_lock((5712::bigint << 32) | 'transition'::regclass::oid::bigint)),
      count(pg_advisory_lock(('transition'::regclass::oid::bigint << 32) | i)) FROM generate_series(1, 1000) AS i`);
    await database().missed('-1 minute');
    const slot = { number: 2, before: 1, onChosen: () => {} };
    expect(
      (await advance(database().db, { term: null, limit: 1, cause: 'timer', instance: 'test', slot })).moved,
    ).to.equal(1);
    await office.query('SELECT pg_advisory_unlock_all()');
  });

  it('with a large edit shuts the gate for a part of its time, and a bell is rung meanwhile', async function () {
    this.timeout(60_000);
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date) SELECT $1, 'many', now() + interval '1 hour' + i * interval '1 s' FROM generate_series(1, 20000) AS i`,
      [database().assignment],
    );
    const passer = await database().connect();
    let isEditing = true;
    let longestMs = 0;
    const passing = (async () => {
      while (isEditing) {
        const fromMs = performance.now();
        await passer.query('SELECT transition_gate()');
        longestMs = Math.max(longestMs, performance.now() - fromMs);
      }
    })();
    const fromMs = performance.now();
    await office.query(`UPDATE stage SET start_date = start_date - interval '20 hours'`);
    const tookMs = performance.now() - fromMs;
    isEditing = false;
    await passing;
    // A row at a time it was more than a third.
    expect(longestMs / tookMs, `${longestMs} ms of ${tookMs} ms`).to.be.below(0.25);
    expect(await database().sql('SELECT FROM transition')).to.have.length(20_000);
  });

  /** Ten for each transaction: how many it takes depends on the machine. */
  const MOST_RETRIES = 3 * 40 * 10;
  for (const isolation of ['REPEATABLE READ', 'SERIALIZABLE']) {
    it(`who writes in transactions that are ${isolation}, beside the advance`, async function () {
      this.timeout(30_000);
      await database().missed('-1 minute', '1 hour', 60);
      const ids = (await database().sql<{ id: string }>('SELECT id FROM stage ORDER BY id')).map(({ id }) => id);
      let isWriting = true;
      const ringing = (async () => {
        while (isWriting) await sweep();
      })();
      const writers = await Promise.all([1, 2, 3].map(() => database().connect()));
      let again = 0;
      await Promise.all(
        writers.map(async (client, i) => {
          // As such writers do, each tries again until it is through.
          for (let n = 0; n < 40 && again < MOST_RETRIES; ) {
            const by = n % 2 === 0 ? '-' : '+';
            const sql = `UPDATE stage SET start_date = now() ${by} interval '30 minutes' WHERE id = $1`;
            await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
            try {
              await client.query(sql, [ids[(n * 7 + i) % 60]]);
              await client.query(sql, [ids[(n * 11 + i) % 60]]);
              await client.query('COMMIT');
              n += 1;
            } catch (error) {
              await client.query('ROLLBACK');
              if (!['40001', '40P01'].includes((error as { code: string }).code)) throw error;
              again += 1;
            }
          }
        }),
      );
      isWriting = false;
      await ringing;
      expect(again, 'tries in vain').to.be.below(MOST_RETRIES);
    });
  }
});
