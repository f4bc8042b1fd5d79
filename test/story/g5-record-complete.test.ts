import { expect } from 'chai';
import { suiteCluster } from '../support/cluster.ts';
import { expectNothingBehind, expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

describe('G5 the record is complete', () => {
  const cluster = suiteCluster();

  it('has a row for every change when the leader is killed in the middle of a burst', async () => {
    const { process, epoch } = await cluster.leader();
    await cluster.stage(
      'burst',
      `clock_timestamp() + interval '400 ms'`,
      `clock_timestamp() + interval '60 s'`,
      10_000,
    );
    await eventually(
      async () => {
        const [row] = await cluster.sql<{ n: number }>(`SELECT count(*)::int AS n FROM stage WHERE status = 'active'`);
        expect(row?.n).to.be.above(0);
      },
      { everyMs: 2 },
    );
    await process.kill9();
    const [middle] = await cluster.sql<{ moved: number; recorded: number }>(
      `SELECT (SELECT count(*) FROM stage WHERE status = 'active')::int AS moved, (SELECT count(*) FROM transition)::int AS recorded`,
    );
    expect(middle?.recorded, 'at any moment, even this one').to.equal(middle?.moved);
    await cluster.successor(epoch);
    expect(await cluster.recorded('burst', 10_000)).to.have.length(10_000);
    await expectNothingBehind(cluster);
    await expectSound(cluster);
  });

  it('names who edited: the key through the API, the role in plain SQL', async () => {
    const [process] = [...cluster.instances.values()].filter((instance) => !instance.hasExited);
    const id = await cluster.stage('who', 'NULL');
    await fetch(`${process?.url}/v1/stages/${id}/activate`, { method: 'POST' });
    await cluster.sql(`UPDATE stage SET start_date = now() + interval '1 day' WHERE id = $1`, [id]);
    const rows = await cluster.record('who');
    expect(rows.map((row) => [row.from_status, row.to_status, row.cause])).to.deep.equal([
      ['pending', 'active', 'edit'],
      ['active', 'pending', 'edit'],
    ]);
    expect(rows[0]?.instance).to.match(/^i\d$/);
    expect(rows[1]?.actor).to.match(/^sql:/);
    expect(rows[1]?.due_at).to.equal(null);
  });
});
