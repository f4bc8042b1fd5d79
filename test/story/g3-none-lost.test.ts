import { expect } from 'chai';
import { suiteCluster } from '../support/cluster.ts';
import { expectNothingBehind, expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

describe('G3 none lost', () => {
  const cluster = suiteCluster({ instances: 2 });

  it('catches up after everything was down while bells rang', async () => {
    await cluster.stage('gap', `now() + i * interval '5 ms'`, `now() + interval '200 ms' + i * interval '5 ms'`, 200);
    await Promise.all([...cluster.instances.values()].map((process) => process.kill9()));
    await cluster.sql('SELECT pg_sleep(1.3)');
    await Promise.all([...cluster.instances.keys()].map((name) => cluster.startInstance(name)));
    expect(await cluster.recorded('gap', 400)).to.have.length(400);
    await expectNothingBehind(cluster);
    await expectSound(cluster);
  });

  it('finds a row that came in past every trigger, by the net', async () => {
    // What a new leader reads to arm would find it too.
    await (await cluster.leader()).process.waitForLog('armed');
    await cluster.sql(`BEGIN; SET LOCAL session_replication_role = replica;
      INSERT INTO stage (assignment_id, name, start_date) VALUES ('${cluster.assignment}', 'unheard', now() - interval '2 s'); COMMIT`);
    const [row] = await cluster.recorded('unheard', 1);
    expect(row?.cause).to.equal('sweep');
  });

  it('moves a row whose lock was held at its instant as soon as it is free', async () => {
    const id = await cluster.stage('held', `now() + interval '150 ms'`);
    await cluster.stage('free', `now() + interval '150 ms'`);
    // One psql session renames the stage, and sleeps on the lock until well after the instant.
    const holding = cluster.sql(
      `BEGIN; UPDATE stage SET name = 'held' WHERE id = '${id}'; SELECT pg_sleep(1.5); COMMIT`,
    );
    const [free] = await cluster.recorded('free', 1);
    expect(free?.lateness, 'the others do not wait for it').to.be.below(900);
    await holding;
    const [held] = await cluster.recorded('held', 1);
    expect(held?.lateness).to.be.within(1200, 2500);
    await eventually(() => expectNothingBehind(cluster));
  });
});
