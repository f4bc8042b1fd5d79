import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import { Engine } from '../../src/instance/engine.ts';
import { SoloElection } from '../../src/leader/solo-election.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { eventually } from '../support/wait.ts';

/** How the parts of an instance hang together, without HTTP. */
onPostgres('The engine', (database) => {
  let engine: Engine;
  afterEach(async () => {
    await engine.handOver();
    await engine.close();
    await expectSound(database());
  });

  async function lead(leaseMs: number): Promise<void> {
    engine = new Engine({
      instance: 'engine',
      role: 'all',
      leaseMs,
      horizon: 100,
      database: database().database,
      createElection: () => new SoloElection(),
      clock: systemClock,
      random: Math.random,
      log: silentLog,
      health: new Health(systemClock, silentLog),
      moved: { onMoved: () => {}, onFailed: () => {} },
    });
    engine.start();
    await engine.started;
    await eventually(() => expect([engine.role, engine.isListening]).to.deep.equal(['leader', true]));
  }
  const recorded = (count: number) =>
    eventually(async () => {
      const rows = await database().record();
      expect(rows).to.have.length(count);
      return rows;
    });

  it('hears of an edit and arms it', async () => {
    await lead(60_000);
    await database().stage('1000 ms');
    expect((await recorded(1)).map(({ cause }) => cause)).to.deep.equal(['timer']);
  });

  it('reads what was said while it did not listen, as soon as it listens again', async () => {
    // With no heartbeat for a minute nothing else would find it.
    await lead(60_000);
    await database().stage('1 hour');
    await eventually(() => expect(engine.armed.instants).to.equal(1));
    const ears = `FROM pg_stat_activity WHERE application_name = 'stagebell:listen' AND datname = current_database()`;
    expect(await database().sql(`SELECT pg_terminate_backend(pid) ${ears}`)).to.have.length(1);
    await eventually(async () => expect(await database().sql(`SELECT ${ears}`)).to.have.length(0), { everyMs: 1 });
    await database().stage('1500 ms');
    expect((await recorded(1)).map(({ cause }) => cause)).to.deep.equal(['timer']);
  });

  it('finds by its heartbeat what came in past every trigger', async () => {
    await lead(300);
    // The sweeps of the beginning are over once something is armed.
    await database().stage('1 hour');
    await eventually(() => expect(engine.armed.instants).to.equal(1));
    await database().missed('-2 seconds');
    expect((await recorded(1)).map(({ cause }) => cause)).to.deep.equal(['sweep']);
  });
});
