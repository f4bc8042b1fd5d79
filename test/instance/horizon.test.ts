import { expect } from 'chai';
import { suiteCluster } from '../support/cluster.ts';
import { expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

interface SchedulerView {
  armed: { instants: number; next_at: string | null; last_at: string | null };
}

/** The earliest instants are armed, and beyond them the database remembers. */
describe('the horizon', () => {
  const cluster = suiteCluster({ instances: 1, redis: 0, env: { TIMER_HORIZON: '4' } });

  const armed = async () => {
    const { process } = await cluster.leader();
    return (await cluster.get<SchedulerView>(process, '/v1/scheduler')).armed;
  };

  it('is never exceeded, and is refilled as it is used up: everything beyond it rings at its instant too', async () => {
    await cluster.stage('later', `now() + i * interval '1 day'`, 'NULL', 20);
    await cluster.stage('s', `clock_timestamp() + interval '300 ms' + i * interval '25 ms'`, 'NULL', 40);
    // None at all, for as long as it takes to read again, where four rang faster than the database answers.
    expect((await armed()).instants).to.be.at.most(4);
    const rows = await cluster.recorded('s', 40);
    expect(new Set(rows.map((row) => row.cause))).to.deep.equal(new Set(['timer']));
    expect(Math.max(...rows.map((row) => row.lateness ?? 0))).to.be.below(1000);
    await eventually(async () => expect((await armed()).instants).to.be.within(1, 4));
    await expectSound(cluster);
  });

  it('makes room for an instant that comes before those that are armed', async () => {
    await cluster.stage('first', `clock_timestamp() + interval '1000 ms'`);
    const [row] = await cluster.recorded('first', 1);
    expect([row?.cause, (row?.lateness ?? 9999) < 1000]).to.deep.equal(['timer', true]);
    const { next_at } = await armed();
    expect(new Date(next_at ?? 0).getTime()).to.be.above(Date.now());
  });
});
