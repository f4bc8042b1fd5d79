import { expect } from 'chai';
import { Cluster } from '../support/cluster.ts';
import type { StagebellProcess } from '../support/processes.ts';
import { expectSound } from '../support/record.ts';

describe('G6 an edit wins', () => {
  let cluster: Cluster;
  let follower: StagebellProcess;
  before(async () => {
    cluster = await Cluster.start();
    follower = (await cluster.followers())[0] as StagebellProcess;
  });
  after(() => cluster.stop());

  const patch = async (id: string, body: object): Promise<void> => {
    const answer = await fetch(`${follower.url}/v1/stages/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.text()).to.equal(200);
  };
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

  it('does nothing on the old instant, and rings on the new one, edited through a follower', async () => {
    let inTime = 0;
    for (let i = 0; i < 10; i++) {
      const name = `postponed ${i}`;
      const id = await cluster.stage(name, `clock_timestamp() + interval '${60 + i * 3} ms'`);
      const start_date = inMs(1000);
      await patch(id, { start_date });
      const committedMs = Date.now();
      const rows = await cluster.recorded(name, 1);
      // On a slow machine the old instant may come before the commit: then it rang, and was taken back.
      const onOld = rows.filter((row) => row.due_at !== null && row.due_at.toISOString() !== start_date);
      for (const row of onOld) expect(row.occurred_at.getTime(), JSON.stringify(row)).to.be.at.most(committedMs);
      if (onOld.length === 0) inTime += 1;
      const atNew = (await cluster.recorded(name, onOld.length * 2 + 1)).filter(
        (row) => row.due_at?.toISOString() === start_date,
      );
      expect(atNew, JSON.stringify(rows)).to.have.length(1);
      expect(atNew[0]?.lateness).to.be.below(1000);
    }
    expect(inTime, 'edits that came before the old instant').to.be.above(3);
    await expectSound(cluster);
  });

  it('arms an instant that was not there within milliseconds of the commit', async () => {
    const lateness: number[] = [];
    for (let i = 0; i < 20; i++) {
      const id = await cluster.stage(`soon ${i}`, 'NULL');
      await patch(id, { start_date: inMs(40) });
      const [row] = await cluster.recorded(`soon ${i}`, 1);
      // Where the machine was too slow the commit came after the instant: that is an edit's own row.
      if (row?.cause === 'timer') lateness.push(row.lateness ?? 0);
    }
    expect(lateness.length).to.be.above(10);
    expect(lateness.sort((a, b) => a - b)[Math.floor(lateness.length / 2)], 'median lateness').to.be.below(100);
  });

  it('rings nothing for a stage that was deleted', async () => {
    const id = await cluster.stage('deleted', `clock_timestamp() + interval '1500 ms'`);
    await cluster.stage('sentinel', `clock_timestamp() + interval '1600 ms'`);
    expect((await fetch(`${follower.url}/v1/stages/${id}`, { method: 'DELETE' })).status).to.equal(204);
    await cluster.recorded('sentinel', 1);
    expect(await cluster.sql('SELECT 1 FROM transition WHERE stage_id = $1', [id])).to.deep.equal([]);
  });

  it('reopens a completed stage whose deadline is extended', async () => {
    const id = await cluster.stage(
      'extended',
      `clock_timestamp() - interval '2 h'`,
      `clock_timestamp() - interval '1 h'`,
    );
    await patch(id, { end_date: inMs(300) });
    const rows = await cluster.recorded('extended', 4);
    expect(rows.map((row) => `${row.from_status}>${row.to_status} ${row.cause}`)).to.deep.equal([
      'pending>active edit',
      'active>completed edit',
      'completed>active edit',
      'active>completed timer',
    ]);
  });
});
