import { expect } from 'chai';
import pg from 'pg';
import type { Json } from '../http/support.ts';
import { suiteCluster } from '../support/cluster.ts';
import { eventually } from '../support/wait.ts';

/** What real instances know of each other. */
describe('The table of instances', () => {
  const cluster = suiteCluster({ instances: 2, redis: 1 });

  const scheduler = async (name: string): Promise<Json> => {
    const process = cluster.instances.get(name);
    return process === undefined ? null : cluster.get<Json>(process, '/v1/scheduler');
  };
  const names = async (from: string) => (await scheduler(from)).instances.map(({ name }: Json) => name).sort();

  it('shows every instance on every instance, and forgets one that stops', async () => {
    await eventually(async () => expect(await names('i1')).to.deep.equal(['i1', 'i2']));
    const { instances } = await scheduler('i2');
    const [one] = instances;
    expect(instances.map(({ role }: Json) => role).sort()).to.deep.equal(['follower', 'leader']);
    expect(one).to.include({ version: '0.1.0', lease_ms: 1000 });
    expect(one.settings).to.include({ REDIS_URL: new URL(cluster.redis[0]?.url ?? '').host });
    const third = await cluster.startInstance('i3');
    await eventually(async () => expect(await names('i1')).to.deep.equal(['i1', 'i2', 'i3']));
    await third.stop();
    await eventually(async () => expect(await names('i1')).to.deep.equal(['i1', 'i2']));
  });

  it('names what is not alike, on every instance, until it is mended', async () => {
    const other = await cluster.startInstance('i3', { LEADER_LEASE_MS: '2000', TIMER_HORIZON: '5' });
    for (const name of ['i1', 'i2', 'i3'])
      await eventually(async () => {
        const trouble = (await scheduler(name)).troubles.find(({ part }: Json) => part === 'instances');
        expect(trouble?.cause)
          .to.contain('LEADER_LEASE_MS')
          .and.to.contain('TIMER_HORIZON')
          .and.not.to.contain('REDIS_URL');
        expect(trouble?.detail).to.contain('1000 on i1, i2').and.to.contain('2000 on i3');
      });
    await other.stop();
    await eventually(async () => expect((await scheduler('i1')).degraded).to.deep.equal([]));
  });

  it('is not needed: an instance that may not write it still leads, and says so', async () => {
    const role = `no_table_${process.pid}`;
    await cluster.sql(`CREATE ROLE ${role} LOGIN`);
    await cluster.sql(`GRANT SELECT, INSERT, UPDATE ON assignment, stage, transition, leadership, term TO ${role}`);
    await cluster.sql(`GRANT SELECT ON stagebell_migration TO ${role}`);
    const url = new URL(cluster.url);
    url.username = role;
    const lesser = await cluster.startInstance('lesser', { DATABASE_URL: url.href });
    await eventually(async () => {
      const { degraded, instances } = await scheduler('lesser');
      expect([degraded, instances]).to.deep.equal([['instances'], null]);
    });
    await lesser.stop();
    await cluster.sql(`DROP OWNED BY ${role}`);
    await cluster.sql(`DROP ROLE ${role}`);
  });

  it('says so where somebody has locked it', async function () {
    this.timeout(60_000);
    const holder = new pg.Client({ connectionString: cluster.url });
    await holder.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE instance');
      const late = await cluster.startInstance('late');
      await eventually(
        async () => {
          const { degraded, instances } = await cluster.get<Json>(late, '/v1/scheduler');
          expect([degraded, instances]).to.deep.equal([['instances'], null]);
        },
        { timeoutMs: 30_000 },
      );
      await holder.query('ROLLBACK');
      await eventually(async () => expect((await scheduler('late')).degraded).to.deep.equal([]), { timeoutMs: 30_000 });
      await late.stop();
    } finally {
      await holder.end();
    }
  });

  it('names two instances with one name, but not the successor of one that crashed', async () => {
    const twin = await cluster.startInstance('twin');
    const other = await cluster.startInstance('twin');
    await eventually(async () => {
      const trouble = (await scheduler('i1')).troubles.find(({ part }: Json) => part === 'instances');
      expect(trouble?.detail).to.contain('2 are named twin');
    });
    await twin.kill9();
    await other.kill9();
    const successor = await cluster.startInstance('twin');
    await eventually(async () => {
      expect(await names('i1')).to.deep.equal(['i1', 'i2', 'twin']);
      expect((await scheduler('i1')).degraded).to.deep.equal([]);
    });
    await successor.stop();
  });
});
