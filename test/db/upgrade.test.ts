import { Migrator } from '@mikro-orm/migrations';
import { expect } from 'chai';
import pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Session } from '../../src/db/database.ts';
import { advance } from '../../src/db/leading/advance.ts';
import { releaseTerm, takeTerm } from '../../src/db/leading/term.ts';
import { MIGRATIONS_TABLE } from '../../src/db/names.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { MIGRATIONS, migrate } from '../../src/db/schema/schema.ts';
import { Hearing } from '../support/hearing.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { InstanceBefore, MIGRATIONS_BEFORE } from '../support/release-before.ts';
import { eventually } from '../support/wait.ts';

const FAR = 50_000;

/** A database of the release before, with stages of every kind, while an instance of that release leads. */
describe('An upgrade', function () {
  this.timeout(60_000);
  let target: TestDatabase;
  let database: PostgresDatabase;
  let db: Session;
  const clients: pg.Client[] = [];
  beforeEach(async () => {
    target = await createDatabase();
    database = new PostgresDatabase(target.url, systemClock, silentLog);
    db = database.openSession('test', 30_000);
    await database.connect();
    const options = { tableName: MIGRATIONS_TABLE, migrationsList: MIGRATIONS_BEFORE, snapshot: false, silent: true };
    database.orm.config.set('migrations', { ...database.orm.config.get('migrations'), ...options });
    await new Migrator(database.em() as never).up({ schema: 'public' });
    await sql(`WITH a AS (INSERT INTO assignment (title, created_at) VALUES ('x', 'infinity') RETURNING id)
      INSERT INTO stage (assignment_id, name, start_date, end_date)
      SELECT id, kind || n, clock_timestamp() + start, clock_timestamp() + start + interval '1 day' FROM a, (VALUES
        ('past', interval '-2 days', 20), ('now', interval '-1 hour', 20), ('soon', interval '300 ms', 20), ('far', interval '2 days', ${FAR})
      ) AS kinds (kind, start, copies), generate_series(1, copies) AS n`);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await db.close();
    await database.close();
    await target.drop();
  });
  const sql = <Row>(text: string): Promise<Row[]> => db.query<Row>({ name: '', text });
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    clients.push(client);
    return client;
  };
  /** Stages that are not where the dates or the record have them, and rows that do not follow each other. */
  const faults = () =>
    sql(`SELECT id::text, status FROM stage s WHERE status <> stage_status(start_date, end_date, clock_timestamp())
        OR status <> coalesce((SELECT to_status FROM transition t WHERE stage_id = s.id ORDER BY t.id DESC LIMIT 1), 'pending')
      UNION ALL SELECT id::text, from_status FROM (SELECT id, from_status,
        lag(to_status, 1, 'pending') OVER (PARTITION BY stage_id ORDER BY id) AS before FROM transition) AS t WHERE from_status <> before`);

  it('keeps the record and every stage, and the instances of before go on beside those of now', async () => {
    const before = new InstanceBefore(await connect());
    await before.lead();
    let moved = (await before.advance(1)) ?? 0;
    const record =
      'SELECT id, stage_id, from_status, to_status, due_at, occurred_at, cause FROM transition ORDER BY id';
    const [kept] = [await sql(record)];
    expect(await migrate(database, db)).to.deep.equal(MIGRATIONS.slice(2));
    expect((await sql(record)).slice(0, kept.length)).to.deep.equal(kept);
    expect(await sql('SELECT FROM assignment WHERE NOT isfinite(created_at)')).to.deep.equal([]);

    // What was prepared before holds on, and both hear of everything.
    const now = new Hearing(database);
    await now.listening(1);
    await eventually(async () => {
      moved += (await before.advance(7)) ?? 0;
      expect(moved).to.equal(20);
    });
    expect(await before.beat()).to.equal(0);
    await sql(`UPDATE stage SET end_date = '2150-01-01Z' WHERE name = 'past1'`);
    await now.until(`edit ${Date.UTC(2150, 0)}`);
    await eventually(() => expect(before.heard).to.include(`edit ${Date.UTC(2150, 0)}`));
    expect(now.heard.filter((word) => word.startsWith('pulse'))).to.have.length(1);

    // The deployment goes on, and the one of before is deposed.
    const term = await takeTerm(db, 'now', 5000, 'always');
    await eventually(() => expect(before.heard).to.include(`term ${term?.epoch}`));
    expect([await before.advance(), await before.beat()]).to.deep.equal([null, null]);
    await sql(`UPDATE stage SET start_date = clock_timestamp() + interval '20 ms' WHERE name IN ('far1', 'far2')`);
    await eventually(async () => {
      await advance(db, { term, limit: 1000, cause: 'timer', instance: 'now' });
      expect(await sql(`SELECT FROM stage WHERE name IN ('far1', 'far2') AND status = 'active'`)).to.have.length(2);
    });
    // And back, as where a deployment is taken back: an instance of before that still runs takes over.
    if (term !== null) await releaseTerm(db, term);
    await before.lead();
    expect(await before.beat()).to.equal(0);
    await before.release();
    expect(await faults()).to.deep.equal([]);
    await now.close();
  });

  it('waits for a writer of before that reads its row first: its changes get their rows, and neither deadlocks', async () => {
    const writer = await connect();
    await writer.query(`BEGIN; SELECT FROM stage WHERE name = 'far1' FOR UPDATE`);
    const migrated = migrate(database, db);
    const pid = (writer as unknown as { processID: number }).processID;
    const waits = `SELECT FROM pg_stat_activity WHERE ${pid} = ANY (pg_blocking_pids(pid))`;
    await eventually(async () => expect(await sql(waits)).to.not.be.empty, { everyMs: 1 });
    await writer.query(`UPDATE stage SET start_date = now() - interval '1 minute' WHERE name = 'far1'`);
    await writer.query('COMMIT');
    expect(await migrated).to.deep.equal(MIGRATIONS.slice(2));
    const recorded = `SELECT name FROM transition JOIN stage ON stage.id = stage_id WHERE name = 'far1'`;
    expect(await sql(recorded)).to.have.length(1);
  });

  it('takes no longer with many stages, and longer than a request may take where it must', async () => {
    const startedMs = performance.now();
    await migrate(database, db);
    // Without a look at each of the stages.
    expect(performance.now() - startedMs).to.be.below(5000);
    const limits = await database.withMigrationLock(async (orm) =>
      orm.em.getConnection().execute(`SELECT current_setting('statement_timeout') AS statement`),
    );
    expect(limits).to.deep.equal([{ statement: '0' }]);
  });
});
