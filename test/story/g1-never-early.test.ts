import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';
import { Cluster } from '../support/cluster.ts';
import { failure } from '../support/failure.ts';
import { Migrated } from '../support/migrated.ts';
import { expectSound } from '../support/record.ts';
import { ScheduledTerm } from '../support/scheduled-term.ts';

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
      await expectSound(cluster);
    } finally {
      await cluster.stop();
    }
  });

  it('stays so when every timer fires 40 ms too soon: the database is the judge, and the timer is armed again', async () => {
    // A host that believes the database to be 40 ms ahead of where it is.
    const hasty = new RemoteClock(systemClock);
    const add = hasty.add.bind(hasty);
    hasty.add = (sample) => add({ ...sample, remoteMs: sample.remoteMs + 40 });
    const database = await Migrated.postgres();
    // Far enough ahead that all of them are armed before the first is due.
    for (let i = 16; i <= 20; i++) await database.stage(`${i * 90} ms`);
    const term = await ScheduledTerm.begin(database, { databaseClock: hasty });
    try {
      expect(await term.moved(5)).to.deep.equal(Array(5).fill('timer'));
      const rows = await database.record();
      expect(rows.map(({ cause }) => cause)).to.deep.equal(Array(5).fill('timer'));
      for (const { occurredMs, dueMs } of rows) expect(occurredMs - (dueMs ?? 0)).to.be.within(0, 1000);
    } finally {
      await term.end();
      await database.close();
    }
  });

  it('is held by the database itself: a row that says otherwise is refused', async () => {
    const database = await Migrated.postgres();
    const refusal = await failure(
      database.sql(`INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'pending', 'active', now() + interval '1 ms', now(), 'timer')`),
    );
    await database.close();
    expect(refusal).to.have.property('constraint', 'transition_never_early');
  });
});
