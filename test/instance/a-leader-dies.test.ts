import { expect } from 'chai';
import { Cluster, suiteCluster } from '../support/cluster.ts';
import { startPostgres } from '../support/postgres.ts';
import { expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

interface SchedulerView {
  role: string;
  succession: { told_by: string; why: string | null };
}

/** Far longer than anything here takes: what is noticed within it was told. */
const LEASE_MS = 30_000;
/** `npm run measure` knows how few milliseconds it takes; this only tells being told from waiting. */
const TOLD_MS = 3000;

const worst = (rows: { lateness: number | null }[]): number => Math.max(...rows.map((row) => row.lateness ?? 0));

/** Resolves when each instance would be told. */
const inForce = (cluster: Cluster): Promise<void> =>
  eventually(
    async () => {
      for (const process of cluster.instances.values()) {
        const { succession } = await cluster.get<SchedulerView>(process, '/v1/scheduler');
        expect(succession).to.deep.equal({ told_by: 'postgres', why: null });
      }
    },
    { timeoutMs: 10_000 },
  );

const ALIVE = `FROM pg_stat_activity WHERE application_name LIKE '%:alive' AND datname = current_database()`;

describe('a leader that dies', () => {
  const cluster = suiteCluster({ leaseMs: LEASE_MS });
  afterEach(() => expectSound(cluster));

  for (const redis of ['', ', with Redis away as well'])
    it(`is succeeded at once, whatever the lease${redis}`, async () => {
      const { process, name, epoch } = await cluster.leader();
      await inForce(cluster);
      if (redis !== '') for (const server of cluster.redis) await server.stop();
      await cluster.stage(`crash${redis}`, `clock_timestamp() + i * interval '20 ms'`, 'NULL', 100);
      await cluster.recorded(`crash${redis}`, 10);
      await process.kill9();
      expect(worst(await cluster.recorded(`crash${redis}`, 100))).to.be.below(TOLD_MS);
      const next = await cluster.successor(epoch);
      expect(next.process.lines.some((line) => line.event === 'leader_died')).to.equal(true);
      for (const server of cluster.redis) if (redis !== '') await server.start();
      await cluster.startInstance(name);
    });

  it('holds back nothing while it lives, nor do those that wait', async () => {
    await inForce(cluster);
    await cluster.sql('VACUUM ANALYZE');
    const sessions = await cluster.sql<object>(
      `SELECT state, wait_event_type AS waits, backend_xid AS xid, backend_xmin AS xmin ${ALIVE} ORDER BY state`,
    );
    const waiting = { state: 'active', waits: 'Lock', xid: null, xmin: null };
    expect(sessions).to.deep.equal([
      waiting,
      waiting,
      { state: 'idle in transaction', waits: 'Client', xid: null, xmin: null },
    ]);
  });

  it('and one that has only lost the session which tells of it goes on, and holds the lock again', async () => {
    await inForce(cluster);
    const { name, epoch } = await cluster.leader();
    await cluster.sql(`SELECT pg_terminate_backend(pid) ${ALIVE} AND state = 'idle in transaction'`);
    await inForce(cluster);
    expect(await cluster.leader()).to.include({ name, epoch });
  });

  it('PostgreSQL restarts: one leads, at once', async () => {
    const server = await startPostgres();
    const three = await Cluster.start({ leaseMs: LEASE_MS, postgresUrl: server.url });
    try {
      await inForce(three);
      await three.stage('meanwhile', `clock_timestamp() + i * interval '20 ms'`, 'NULL', 100);
      await server.restart('immediate');
      await eventually(() => three.stage('soon', `clock_timestamp() + interval '300 ms'`));
      expect(worst(await eventually(() => three.recorded('soon', 1)))).to.be.below(TOLD_MS);
      expect(await three.recorded('meanwhile', 100)).to.have.length(100);
      await inForce(three);
      expect((await three.leader()).epoch).to.be.at.most(2);
      await expectSound(three);
    } finally {
      await three.stop();
      await server.stop();
    }
  });
});
