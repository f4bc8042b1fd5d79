import { expect } from 'chai';
import { suiteCluster } from '../support/cluster.ts';
import { expectSound } from '../support/record.ts';

describe('G2 once, in order', () => {
  const cluster = suiteCluster();

  it('records each boundary once while every instance reconciles and the timers ring', async () => {
    await cluster.stage(
      'storm',
      `now() + interval '300 ms' + (i % 40) * interval '10 ms'`,
      `now() + interval '320 ms' + (i % 40) * interval '10 ms'`,
      2000,
    );
    const instances = [...cluster.instances.values()];
    let isDone = false;
    const sweeps = instances.map(async (process) => {
      let count = 0;
      while (!isDone) {
        const answer = await fetch(`${process.url}/v1/scheduler/reconcile`, { method: 'POST' });
        const { activated, completed } = (await answer.json()) as { activated: number; completed: number };
        count += activated + completed;
      }
      return count;
    });
    const rows = await cluster.recorded('storm', 4000, 20_000);
    isDone = true;
    const bySweep = (await Promise.all(sweeps)).reduce((a, b) => a + b, 0);
    expect(rows).to.have.length(4000);
    expect(bySweep, 'moved by the sweeps, so that there was a race at all').to.be.above(0);
    await expectSound(cluster);
  });

  it('records both boundaries, start before end, where both were missed', async () => {
    for (const process of cluster.instances.values()) await process.kill9();
    await cluster.stage('missed', `clock_timestamp() + interval '50 ms'`, `clock_timestamp() + interval '60 ms'`, 50);
    await cluster.sql('SELECT pg_sleep(0.1)');
    await cluster.startInstance('late');
    const rows = await cluster.recorded('missed', 100);
    expect(rows.map((row) => row.cause)).to.deep.equal(Array(100).fill('sweep'));
    const dues = rows.map((row) => row.due_at?.getTime() ?? 0);
    expect(dues, 'in the order of the instants missed').to.deep.equal([...dues].sort((a, b) => a - b));
    await expectSound(cluster);
  });
});
