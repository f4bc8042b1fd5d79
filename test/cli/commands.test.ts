import { expect } from 'chai';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { freePort, runCommand, startServe } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { eventually, within } from '../support/wait.ts';

describe('the command line', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeEach(async () => {
    database = await createDatabase();
    env = { DATABASE_URL: database.url };
  });
  afterEach(() => database.drop());

  const sql = async <Row>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  };
  const insertOverdue = () =>
    sql(`BEGIN; SET LOCAL session_replication_role = replica;
      WITH a AS (INSERT INTO assignment (title) VALUES ('x') RETURNING id)
      INSERT INTO stage (assignment_id, name, start_date, end_date)
      SELECT id, 's', now() - interval '2 h', now() - interval '1 h' FROM a, generate_series(1, 3); COMMIT`);

  it('migrates once, and says so; it leads nothing and schedules nothing', async () => {
    const first = await runCommand(['migrate'], env);
    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(/^Applied 0001-initial, 0002-side-by-side, .*\.\n$/);
    const second = await runCommand(['migrate'], env);
    expect([second.code, second.stdout]).to.deep.equal([0, 'The schema is current.\n']);
    expect(await sql('SELECT epoch::int AS epoch, instance FROM leadership')).to.deep.equal([
      { epoch: 0, instance: null },
    ]);
  });

  it('migrates safely when two releases do it at once', async () => {
    const [a, b] = await Promise.all([runCommand(['migrate'], env), runCommand(['migrate'], env)]);
    expect([a.code, b.code], a.stderr + b.stderr).to.deep.equal([0, 0]);
    const [applied, current] = [a.stdout, b.stdout].sort();
    expect(applied).to.match(/^Applied 0001-initial, /);
    expect(current).to.equal('The schema is current.\n');
  });

  it('stops at once while it waits for a migration that another process has begun', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN; SELECT pg_advisory_xact_lock(5711)');
    const service = await startServe(env);
    await eventually(async () => {
      const waiting = await sql(
        `SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`,
      );
      expect(waiting).to.have.length(1);
    });
    expect(await within(service.stop('SIGTERM'), 5000, 'the stop')).to.deep.equal({ code: 0, signal: null });
    await client.end();
  });

  it('reconciles by hand: says what would move, then moves it, in order', async () => {
    await runCommand(['migrate'], env);
    await insertOverdue();
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

  it('tells the status while somebody leads, and exits 1 when nobody does', async () => {
    await runCommand(['migrate'], env);
    const nobody = await runCommand(['status'], env);
    expect(nobody.code).to.equal(1);
    expect(nobody.stdout).to.contain('nobody');
    const service = await (await startServe({ ...env, INSTANCE_NAME: 'solo' })).ready();
    const somebody = await runCommand(['status', '--json'], env);
    expect(somebody.code).to.equal(0);
    expect(JSON.parse(somebody.stdout).leader.instance).to.equal('solo');
    await service.stop();
  });

  it('is a doctor: a line for each check, exit 1 when one fails', async () => {
    await runCommand(['migrate'], env);
    const alone = await runCommand(['doctor'], env);
    expect(alone.code).to.equal(1);
    expect(alone.stdout)
      .to.match(/^ok {4}database/m)
      .and.to.match(/^FAIL {2}leadership +nobody leads/m);
    const service = await (await startServe(env)).ready();
    const healthy = await runCommand(['doctor'], env);
    expect(healthy.code, healthy.stdout).to.equal(0);
    expect(healthy.stdout).not.to.contain('FAIL');
    await sql('ALTER TABLE stage DISABLE TRIGGER stage_notify_update');
    expect((await runCommand(['doctor'], env)).stdout).to.contain('disabled: stage_notify_update');
    await service.stop();
  });

  it('takes a second SIGTERM for the first: what runs is answered', async () => {
    const service = await (await startServe(env)).ready();
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
      expect(await sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).to.have.length(1);
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

  it('refuses a database that is newer than the code, whatever the command', async () => {
    await runCommand(['migrate'], env);
    await sql(`INSERT INTO stagebell_migration (name) VALUES ('0099-from-the-future')`);
    for (const command of ['migrate', 'serve']) {
      const { code, stdout, stderr } = await runCommand([command], {
        ...env,
        AUTH: 'none',
        HOST: '127.0.0.1',
        PORT: String(await freePort()),
      });
      expect(code, command).to.equal(1);
      expect(stdout + stderr)
        .to.contain('newer than this code')
        .and.to.contain('0099-from-the-future');
    }
  });

  it('exits 2 on wrong usage and on wrong configuration', async () => {
    expect((await runCommand(['serv'])).code).to.equal(2);
    expect((await runCommand(['status', '--jsno'])).stderr).to.contain('--json');
    const wrong = await runCommand(['serve'], { PORT: 'x', LEADER_LEASE_MS: '1' });
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('PORT').and.to.contain('LEADER_LEASE_MS');
    expect((await runCommand(['--help'])).code).to.equal(0);
  });

  it('says it when the port is taken', async () => {
    const service = await (await startServe(env)).ready();
    const second = await runCommand(['serve'], { ...env, AUTH: 'none', HOST: '127.0.0.1', PORT: String(service.port) });
    expect(second.code).to.equal(1);
    expect(second.stdout).to.contain('PORT');
    await service.stop();
  });
});

describe('the command line beside a service on the embedded database', () => {
  it('asks the service, which alone may look into its folder', async function () {
    // Each start makes or opens a whole PostgreSQL in WebAssembly.
    this.timeout(60_000);
    const folder = temporaryFolder('data');
    const env = { DATA_DIR: folder.path, AUTH: undefined };
    const service = await (await startServe(env)).ready();
    const beside = { DATA_DIR: folder.path, PORT: String(service.port) };
    const status = await runCommand(['status'], beside);
    expect(status.stdout, status.stderr).to.contain('leader');
    expect((await runCommand(['reconcile'], beside)).stdout).to.contain('0 became active');
    const doctor = await runCommand(['doctor'], beside);
    expect([doctor.code, doctor.stdout.slice(0, 12)]).to.deep.equal([0, 'ok    databa']);

    const second = await runCommand(['serve'], { DATA_DIR: folder.path, PORT: String(await freePort()) });
    expect(second.code).to.equal(1);
    expect(second.stderr).to.contain('in use by another Stagebell process').and.to.contain(`pid ${service.pid}`);

    await service.kill9();
    const after = await (await startServe(env)).ready();
    await after.stop();
  });
});
