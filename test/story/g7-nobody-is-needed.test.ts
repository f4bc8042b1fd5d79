import { expect } from 'chai';
import { type Cluster, suiteCluster } from '../support/cluster.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServe } from '../support/processes.ts';
import { expectNothingBehind, expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

const SLACK_MS = 1000;

/** Bells every 20 ms for `seconds`, so that whatever happens happens under bells. */
const bells = async (cluster: Cluster, name: string, seconds: number): Promise<number> => {
  const count = seconds * 50;
  await cluster.stage(name, `clock_timestamp() + i * interval '20 ms'`, 'NULL', count);
  return count;
};
const worst = (rows: { lateness: number | null }[]): number => Math.max(...rows.map((row) => row.lateness ?? 0));

describe('G7 nobody is needed', () => {
  const cluster = suiteCluster({ redis: 3 });
  afterEach(async () => {
    await eventually(() => expectNothingBehind(cluster));
    await expectSound(cluster);
  });

  it('a leader that is asked to stop hands over at once', async () => {
    const { process, name, epoch } = await cluster.leader();
    const count = await bells(cluster, 'term', 2);
    // Twice, as platforms do.
    const exit = process.stop('SIGTERM');
    process.signal('SIGTERM');
    expect((await exit).code).to.equal(0);
    expect(worst(await cluster.recorded('term', count))).to.be.below(cluster.leaseMs);
    await cluster.successor(epoch);
    await cluster.startInstance(name);
  });

  it('a leader that is told of a later term asks the database, and believes nobody else', async () => {
    const { process, epoch } = await cluster.leader();
    const lost = process.lines.filter((line) => line.event === 'leadership_lost').length;
    const [row] = await cluster.sql<{ beats: string }>(
      `SELECT heartbeat_at::text AS beats, pg_notify('stagebell_public', 'term 999999') FROM leadership`,
    );
    await eventually(async () => {
      const [now] = await cluster.sql<{ later: boolean }>('SELECT heartbeat_at > $1 AS later FROM leadership', [
        row?.beats,
      ]);
      expect(now?.later, 'a heartbeat since').to.equal(true);
    });
    expect((await cluster.leader()).epoch).to.equal(epoch);
    expect(process.lines.filter((line) => line.event === 'leadership_lost')).to.have.length(lost);
  });

  it('a leader that slept through three leases moves nothing, and follows', async () => {
    const { process, epoch } = await cluster.leader();
    const count = await bells(cluster, 'pause', 4);
    process.pause();
    const rows = await cluster.recorded('pause', count, 15_000);
    const next = await cluster.successor(epoch);
    await cluster.sql('SELECT pg_sleep($1)', [(3 * cluster.leaseMs) / 1000]);
    await cluster.stage('after', `clock_timestamp() + interval '200 ms'`);
    process.resume();
    // Redis and PostgreSQL both tell it; whichever answers first.
    await process.waitForLog((line) => line.event === 'leadership_lost' && line['reason'] === 'deposed');
    expect(rows).to.have.length(count);
    expect((await cluster.recorded('after', 1))[0]?.term).to.equal(String(next.epoch));
    expect((await cluster.get<{ role: string }>(process, '/v1/scheduler')).role).to.equal('follower');
  });

  it('Redis away altogether: the leader goes on, degraded; when it dies too, a follower takes over', async () => {
    const { process, name, epoch } = await cluster.leader();
    for (const server of cluster.redis) await server.stop();
    await process.waitForLog('degraded_on');
    const count = await bells(cluster, 'degraded', 1);
    const rows = await cluster.recorded('degraded', count);
    expect(new Set(rows.map((row) => row.term))).to.deep.equal(new Set([String(epoch)]));
    expect((await cluster.get<{ degraded: string[] }>(process, '/v1/scheduler')).degraded).to.contain('redis');

    await bells(cluster, 'orphaned', 1);
    await process.kill9();
    await cluster.successor(epoch, 10 * cluster.leaseMs);
    await cluster.recorded('orphaned', 50, 5000);
    for (const server of cluster.redis) await server.start();
    await cluster.startInstance(name);
    const { process: leader } = await cluster.leader();
    await eventually(
      async () =>
        expect((await cluster.get<{ degraded: string[] }>(leader, '/v1/scheduler')).degraded).to.deep.equal([]),
      { timeoutMs: 15_000 },
    );
  });

  it('one Redis of three paused, another flushed: nothing changes hands for long', async () => {
    cluster.redis[0]?.pause();
    await cluster.redis[1]?.flush();
    const count = await bells(cluster, 'wobble', 3);
    expect(worst(await cluster.recorded('wobble', count))).to.be.below(cluster.leaseMs + SLACK_MS);
    cluster.redis[0]?.resume();
  });

  it('every connection to PostgreSQL cut: listened and moved again at once', async () => {
    const count = await bells(cluster, 'cut', 2);
    await cluster.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'stagebell%' AND datname = current_database()`,
    );
    expect(worst(await cluster.recorded('cut', count))).to.be.below(2500);
  });
});

describe('G7 nobody is needed: PostgreSQL itself', () => {
  it('is down at the start: the service waits, says so, and starts when it comes', async () => {
    const server = await startPostgres();
    await server.stop();
    const process = await startServe({ DATABASE_URL: server.url });
    await process.waitForLog('waiting');
    const { status, text } = await readyz(process);
    expect(status).to.equal(503);
    expect(text).to.contain('database');
    expect((await fetch(`${process.url}/livez`)).status).to.equal(200);
    await server.restart();
    await process.ready();
    await process.stop();
    await server.stop();
  });

  it('is lost: /readyz says so, whether it is down or only silent, until it is back', async () => {
    const server = await startPostgres();
    const process = await (await startServe({ DATABASE_URL: server.url, LEADER_LEASE_MS: '1000' })).ready();
    const lost = async (named: RegExp, timeoutMs: number): Promise<void> => {
      const isLost = async () => {
        const { status, text } = await readyz(process);
        expect(status, text).to.equal(503);
        expect(text).to.match(named);
      };
      await eventually(isLost, { timeoutMs });
    };
    await server.stop();
    await lost(/database/, 1500);
    await server.start();
    await process.ready();
    // Nothing ends the connections, so only time tells.
    server.pause();
    await lost(/database|leadership/, 10_000);
    server.resume();
    await process.ready();
    await process.stop();
    await server.stop();
  });
});

async function readyz({ url }: { url: string }): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, text: await answer.text() };
}
