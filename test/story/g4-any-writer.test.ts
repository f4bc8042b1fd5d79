import { expect } from 'chai';
import { suiteCluster } from '../support/cluster.ts';
import { expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

interface SchedulerView {
  armed: { instants: number };
}

/** The triggers alone are tested in test/db; here they are heard by real instances. */
describe('G4 any writer', () => {
  const cluster = suiteCluster({ instances: 2 });

  const armed = async () => {
    const { process } = await cluster.leader();
    return (await cluster.get<SchedulerView>(process, '/v1/scheduler')).armed.instants;
  };
  const eventuallyArmed = (count: number) => eventually(async () => expect(await armed()).to.equal(count));

  it('rings for a row that psql inserted, and records who moved it', async () => {
    await cluster.stage('psql', `now() + interval '200 ms'`, `now() + interval '400 ms'`);
    const rows = await cluster.recorded('psql', 2);
    expect(rows.map((row) => [row.from_status, row.to_status, row.cause])).to.deep.equal([
      ['pending', 'active', 'timer'],
      ['active', 'completed', 'timer'],
    ]);
    for (const row of rows) expect(row.lateness).to.be.within(0, 1000);
  });

  it('arms one timer an instant for a bulk insert, an upsert and an update, and none for what is gone', async () => {
    await eventuallyArmed(0);
    await cluster.stage(
      'bulk',
      `date_trunc('day', now()) + interval '10 days'`,
      `date_trunc('day', now()) + interval '20 days'`,
      5000,
    );
    await eventuallyArmed(2);
    await cluster.sql(`INSERT INTO stage (id, assignment_id, name, start_date) SELECT id, assignment_id, name, start_date + interval '1 day'
      FROM stage WHERE name = 'bulk' LIMIT 10 ON CONFLICT (id) DO UPDATE SET start_date = excluded.start_date`);
    await eventuallyArmed(3);
    await cluster.sql(`UPDATE stage SET end_date = NULL WHERE name = 'bulk'`);
    await eventuallyArmed(2);
    await cluster.sql(
      `DELETE FROM stage WHERE name = 'bulk' AND start_date = (SELECT max(start_date) FROM stage WHERE name = 'bulk')`,
    );
    await eventuallyArmed(1);
    await cluster.sql(
      `DELETE FROM assignment WHERE id IN (SELECT assignment_id FROM stage WHERE name = 'bulk') AND false`,
    );
    await cluster.sql('TRUNCATE stage');
    await eventuallyArmed(0);
  });

  it('disarms by cascade', async () => {
    const [other] = await cluster.sql<{ id: string }>(`INSERT INTO assignment (title) VALUES ('other') RETURNING id`);
    await cluster.sql(
      `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'cascade', now() + interval '1 day')`,
      [other?.id],
    );
    await eventuallyArmed(1);
    await cluster.sql('DELETE FROM assignment WHERE id = $1', [other?.id]);
    await eventuallyArmed(0);
    // The stages that TRUNCATE took stay on the record; those that are left continue their chains.
    await expectSound(cluster);
  });
});
