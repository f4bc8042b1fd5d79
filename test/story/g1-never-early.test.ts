import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { Cluster } from '../support/cluster.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectSoundRecord } from '../support/record.ts';

describe('G1 never early', () => {
  it('crosses 300 boundaries of 150 stages, each at or after its instant, within milliseconds', async () => {
    const cluster = await Cluster.start({ instances: 2 });
    try {
      await cluster.stage(
        's',
        `now() + interval '300 ms' + i * interval '7 ms'`,
        `now() + interval '400 ms' + i * interval '7 ms'`,
        150,
      );
      const rows = await cluster.recorded('s', 300);
      expect(rows).to.have.length(300);
      const lateness = rows.map((row) => row.lateness ?? -1).sort((a, b) => a - b);
      expect(lateness[0]).to.be.at.least(0);
      expect(lateness[150], 'median lateness').to.be.below(100);
      expect(new Set(rows.map((row) => row.cause))).to.deep.equal(new Set(['timer']));
      await expectSoundRecord(cluster);
    } finally {
      await cluster.stop();
    }
  });

  it('stays so when every timer fires 40 ms too soon: the database is the judge, and the timer is armed again', async () => {
    const target = await createDatabase();
    // A host that believes the database to be 40 ms ahead of where it is.
    const hasty = new RemoteClock(systemClock);
    const add = hasty.add.bind(hasty);
    hasty.add = (sample) => add({ ...sample, remoteMs: sample.remoteMs + 40 });
    const database = new PostgresDatabase(target.url, systemClock, silentLog);
    const [ringing, planning] = [database.openSession('ring', 5000), database.openSession('plan', 5000)];
    let scheduler: Scheduler | undefined;
    try {
      await database.connect();
      await migrate(database, planning);
      const term = await takeTerm(planning, 'hasty', 5000, 'always');
      // Far enough ahead that all of them are armed before the first is due.
      await planning.query({
        name: 'prepare',
        text: `WITH a AS (INSERT INTO assignment (title) VALUES ('x') RETURNING id)
          INSERT INTO stage (assignment_id, name, start_date) SELECT id, 's', now() + i * interval '90 ms' FROM a, generate_series(16, 20) AS i`,
      });
      let moved = 0;
      const done = Promise.withResolvers<void>();
      scheduler = new Scheduler(term ?? { epoch: 0, nonce: '' }, {
        ringing: [ringing, ringing],
        planning,
        trying: planning,
        instance: 'hasty',
        leaseMs: 5000,
        horizon: 100,
        batch: 2000,
        databaseClock: hasty,
        clock: systemClock,
        log: silentLog,
        moved: {
          onMoved: (batch) => {
            moved += batch.moved;
            if (moved === 5) done.resolve();
          },
          onFailed: () => {},
        },
        health: { tried: () => {}, held: () => {}, stuck: () => {} },
        stepDown: () => done.reject(new Error('deposed')),
      });
      await done.promise;
      const rows = await planning.query<{ late: number; cause: string }>({
        name: 'late',
        text: 'SELECT (extract(epoch FROM occurred_at - due_at) * 1000)::float8 AS late, cause FROM transition',
      });
      expect(rows.map(({ cause }) => cause)).to.deep.equal(Array(5).fill('timer'));
      for (const { late } of rows) expect(late).to.be.within(0, 1000);
    } finally {
      await scheduler?.stop();
      await Promise.all([ringing.close(), planning.close()]);
      await database.close();
      await target.drop();
    }
  });

  it('is held by the database itself: a row that says otherwise is refused', async () => {
    const target = await createDatabase();
    const database = new PostgresDatabase(target.url, systemClock, silentLog);
    const db = database.openSession('test', 5000);
    await database.connect();
    await migrate(database, db);
    const early = {
      name: 'early',
      text: `INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'pending', 'active', now() + interval '1 ms', now(), 'timer')`,
    };
    const refusal = await db.query(early).then(
      () => null,
      (error) => error.constraint,
    );
    expect(refusal).to.equal('transition_never_early');
    await db.close();
    await database.close();
    await target.drop();
  });
});
