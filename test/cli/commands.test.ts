import { expect } from 'chai';
import pg from 'pg';
import { blocksUnder } from '../field/deployments/operations-page.ts';
import { runCommand } from '../support/command.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { freePort, runProcess, type StagebellProcess, startServe } from '../support/processes.ts';
import { createMigrated } from '../support/template.ts';
import { eventually, within } from '../support/wait.ts';

/** A psql of the test's own, for as long as the database is there. */
function databaseOf(env: () => Record<string, string>) {
  let client: pg.Client;
  return {
    open: () => {
      client = new pg.Client({ connectionString: env()['DATABASE_URL'] });
      return client.connect();
    },
    sql: async <Row>(text: string): Promise<Row[]> => (await client.query(text)).rows as Row[],
    close: () => client.end(),
  };
}

describe('the command line', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  const { sql, open, close } = databaseOf(() => env);
  before(async () => {
    database = await createMigrated();
    env = { DATABASE_URL: database.url };
    await open();
  });
  after(async () => {
    await close();
    await database.drop();
  });

  it('neither leads nor schedules when it migrates', async () => {
    const { code, stdout } = await runCommand(['migrate'], env);
    expect([code, stdout]).to.deep.equal([0, 'The schema is current.\n']);
    expect(await sql('SELECT epoch::int AS epoch, instance FROM leadership')).to.deep.equal([
      { epoch: 0, instance: null },
    ]);
  });

  it('reconciles by hand: says what would move, then moves it, in order', async () => {
    await sql(`BEGIN; SET LOCAL session_replication_role = replica;
      WITH a AS (INSERT INTO assignment (title) VALUES ('x') RETURNING id)
      INSERT INTO stage (assignment_id, name, start_date, end_date)
      SELECT id, 's', now() - interval '2 h', now() - interval '1 h' FROM a, generate_series(1, 3); COMMIT`);
    const dry = await runCommand(['reconcile', '--dry-run'], env);
    expect(dry.stdout).to.contain('3 would become active').and.to.contain('3 would become completed');
    expect(await sql('SELECT 1 FROM transition')).to.deep.equal([]);
    const wet = await runCommand(['reconcile'], env);
    expect([wet.code, wet.stdout]).to.deep.equal([0, '3 became active, 3 became completed.\n']);
    const [row] = await sql<{ causes: string; actors: string }>(
      'SELECT string_agg(DISTINCT cause, $$,$$) AS causes, string_agg(DISTINCT actor, $$,$$) AS actors FROM transition',
    );
    expect(row).to.deep.equal({ causes: 'sweep', actors: 'cli' });
    expect((await runCommand(['reconcile', '--dry-run'], env)).stdout).to.equal('Nothing is due.\n');
  });

  it('prunes the record by hand: says what would go, deletes it, and refuses an invalid duration', async () => {
    const run = (...options: string[]) => runCommand(['prune', ...options], env);
    expect((await run('--older-than', 'P1D')).stdout).to.match(
      /^Deleted 0 transitions, 0 changes and 0 events of alerts, up to number 0\.\n$/,
    );
    const dry = await run('--older-than', 'P0D', '--dry-run');
    expect(dry.stdout).to.match(/^Would delete 6 transitions, 0 changes and 0 events of alerts, up to number \d+\.\n$/);
    await sql(`INSERT INTO record_consumer (name) VALUES ('board')`);
    const held = await run('--older-than', 'P0D');
    expect(held.stdout)
      .to.contain('Deleted 0 transitions')
      .and.to.contain(`DELETE FROM record_consumer WHERE name = 'board'`);
    await sql('DELETE FROM record_consumer');
    expect([(await run('--older-than', 'P0D')).code, await sql('SELECT FROM transition')]).to.deep.equal([0, []]);
    for (const wrong of ['400d', 'P', 'P1DT', '-P1D', '400 days']) {
      const { code, stderr } = await run('--older-than', wrong);
      expect([code, stderr.includes('P400D')], wrong).to.deep.equal([2, true]);
    }
    expect(await run()).to.include({ code: 2 });
  });

  it('says in status and in doctor that nobody leads, and exits 1', async () => {
    const status = await runCommand(['status'], env);
    expect(status.code).to.equal(1);
    expect(status.stdout).to.contain('nobody');
    const doctor = await runCommand(['doctor'], env);
    expect(doctor.code).to.equal(1);
    expect(doctor.stdout)
      .to.match(/^ok {4}database/m)
      .and.to.match(/^FAIL {2}leadership +nobody leads/m);
  });

  it('refuses a database that is newer than the code, whatever the command', async () => {
    await sql(`INSERT INTO stagebell_migration (name) VALUES ('0099-from-the-future')`);
    const migrated = await runCommand(['migrate'], env);
    const port = String(await freePort());
    const served = await runProcess(['serve'], { ...env, AUTH: 'none', HOST: '127.0.0.1', PORT: port });
    await sql(`DELETE FROM stagebell_migration WHERE name = '0099-from-the-future'`);
    for (const { code, stdout, stderr } of [migrated, served]) {
      expect(code).to.equal(1);
      expect(stdout + stderr)
        .to.contain('newer than this code')
        .and.to.contain('0099-from-the-future');
    }
  });

  it('exits 2 on wrong usage and on wrong configuration', async () => {
    expect((await runCommand(['serv'])).code).to.equal(2);
    expect((await runCommand(['status', '--jsno'])).stderr).to.contain('--json');
    const wrong = await runProcess(['serve'], { PORT: 'x', LEADER_LEASE_MS: '1' });
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('PORT').and.to.contain('LEADER_LEASE_MS');
    expect((await runCommand(['--help'])).code).to.equal(0);
  });

  it('stops at once while it waits for a migration that another process has begun', async () => {
    await sql(`DELETE FROM stagebell_migration WHERE name = '0005-stuck'`);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('BEGIN; SELECT pg_advisory_xact_lock(5711)');
    const service = await startServe(env);
    await eventually(async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
      expect(await sql(waiting)).to.have.length(1);
    });
    expect(await within(service.stop('SIGTERM'), 5000, 'the stop')).to.deep.equal({ code: 0, signal: null });
    await other.end();
  });
});

describe('the command line beside a service', () => {
  let database: TestDatabase;
  let service: StagebellProcess;
  let env: Record<string, string>;
  const { sql, open, close } = databaseOf(() => env);
  before(async function () {
    this.timeout(60_000);
    database = await createMigrated();
    env = { DATABASE_URL: database.url };
    await open();
    service = await (await startServe({ ...env, INSTANCE_NAME: 'solo' })).ready();
  });
  after(async () => {
    await service.stop();
    await close();
    await database.drop();
  });

  it('tells who leads', async () => {
    const { code, stdout } = await runCommand(['status', '--json'], env);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).leader.instance).to.equal('solo');
  });

  it('tells how the death of the leader would be noticed', async () => {
    const succession = async () => JSON.parse((await runCommand(['status', '--json'], env)).stdout).succession;
    await eventually(async () => expect(await succession()).to.deep.equal({ told_by: 'postgres', why: null }));
    expect((await runCommand(['status'], env)).stdout).to.match(/^crash {4}.*PostgreSQL would tell/m);
    await sql('UPDATE leadership SET alive_epoch = NULL');
    expect((await succession()).told_by).to.equal('lease');
    expect((await runCommand(['status'], env)).stdout).to.match(
      /^crash {4}.*after the lease: the leader does not hold/m,
    );
    await sql('UPDATE leadership SET alive_epoch = epoch');
  });

  it('holds back nothing by the session that tells of it, as the query of operations.md shows', async () => {
    const [query = ''] = blocksUnder(`A leader's death`, 'sql');
    const [session, ...others] = await sql<object>(query);
    expect(session).to.include({ state: 'idle in transaction', granted: true, backend_xid: null, backend_xmin: null });
    expect(others).to.deep.equal([]);
  });

  it('is a doctor: a line for each check, exit 1 when one fails', async () => {
    const healthy = await runCommand(['doctor'], env);
    expect(healthy.code, healthy.stdout).to.equal(0);
    expect(healthy.stdout).not.to.contain('FAIL');
    await sql('ALTER TABLE stage DISABLE TRIGGER stage_notify_update');
    expect((await runCommand(['doctor'], env)).stdout).to.contain('disabled: stage_notify_update');
    await sql('ALTER TABLE stage ENABLE TRIGGER stage_notify_update');
  });

  it('says when the port is taken', async () => {
    const second = await runProcess(['serve'], { ...env, AUTH: 'none', HOST: '127.0.0.1', PORT: String(service.port) });
    expect(second.code).to.equal(1);
    expect(second.stdout).to.contain('PORT');
  });

  // The last one: it ends the service.
  it('treats a second SIGTERM like the first: running requests are answered', async () => {
    const [stage] = await sql<{ id: string }>(`WITH a AS (INSERT INTO assignment (title) VALUES ('x') RETURNING id)
      INSERT INTO stage (assignment_id, name) SELECT id, 's' FROM a RETURNING id`);
    const editor = new pg.Client({ connectionString: database.url });
    await editor.connect();
    await editor.query('BEGIN');
    await editor.query('SELECT FROM stage FOR UPDATE');
    const patched = fetch(`${service.url}/v1/stages/${stage?.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"name": "renamed"}',
    });
    await eventually(async () => {
      // Of this database alone: other tests run on the same server.
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      expect(await sql(waiting)).to.have.length(1);
    });
    const exit = service.stop('SIGTERM');
    await service.waitForLog('stopping');
    service.signal('SIGTERM');
    await service.waitForLog('leadership_lost');
    await editor.query('COMMIT');
    expect((await patched).status).to.equal(200);
    expect(await exit).to.deep.equal({ code: 0, signal: null });
    await editor.end();
  });
});

describe('the command line beside a service on the embedded database', () => {
  it('asks the service, which alone can open its folder', async function () {
    // Each start opens a whole PostgreSQL in WebAssembly.
    this.timeout(120_000);
    const folder = await embeddedFolder();
    const env = { DATA_DIR: folder.path, AUTH: undefined };
    const service = await (await startServe(env)).ready(60_000);
    const beside = { DATA_DIR: folder.path, PORT: String(service.port) };
    const status = await runCommand(['status'], beside);
    expect(status.stdout, status.stderr).to.contain('leader');
    expect((await runCommand(['reconcile'], beside)).stdout).to.contain('0 became active');
    const doctor = await runCommand(['doctor'], beside);
    expect([doctor.code, doctor.stdout.slice(0, 12)]).to.deep.equal([0, 'ok    databa']);
    const made = await runCommand(['keys', 'create', 'ops', '--scope', 'admin'], beside);
    const withKey = { ...beside, STAGEBELL_KEY: made.stdout.trim() };
    expect((await runCommand(['keys', 'list'], withKey)).stdout).to.match(/^ops +admin/);
    expect((await runCommand(['keys', 'list'], beside)).stderr)
      .to.contain('401')
      .and.to.contain('STAGEBELL_KEY');

    const second = await runProcess(['serve'], { DATA_DIR: folder.path, PORT: String(await freePort()) });
    expect(second.code).to.equal(1);
    expect(second.stderr).to.contain('in use by another Stagebell process').and.to.contain(`pid ${service.pid}`);

    await service.kill9();
    const after = await (await startServe(env)).ready(60_000);
    await after.stop();
  });
});
