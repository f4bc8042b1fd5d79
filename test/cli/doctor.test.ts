import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { runCommand } from '../support/command.ts';
import { onPostgres } from '../support/on-each.ts';
import { pidOf } from '../support/waits.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface Report {
  ok: boolean;
  database: string;
  checks: { code: string; status: string; text: string; cure?: string }[];
}

/** The breakdowns of a night, each with its cause and its own cure. */
onPostgres('The doctor', (database) => {
  const examine = async (): Promise<Report> =>
    JSON.parse((await runCommand(['doctor', '--json'], { DATABASE_URL: database().url })).stdout);
  const finding = ({ checks }: Report, code: string) => {
    const found = checks.find((check) => check.code === code);
    if (found === undefined) throw new Error(`no ${code} among ${checks.map((check) => check.code)}`);
    return found;
  };

  it('finds who locks a row that is due, and does not recommend reconcile', async () => {
    const ids = await database().missed('-1 hour');
    const holder = await database().connect();
    await holder.query(`SET application_name = 'gradebook'; BEGIN`);
    await holder.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', ids);
    const { text, cure } = finding(await examine(), 'overdue_locked');
    await holder.query('ROLLBACK');
    expect(text).to.contain('gradebook').and.to.contain('idle in transaction');
    expect(cure).to.contain('pg_terminate_backend').and.not.to.contain('reconcile');
  });

  it('finds who locks the table', async () => {
    await database().missed('-1 hour');
    const holder = await database().connect();
    await holder.query(`SET application_name = 'index builder'; BEGIN; LOCK TABLE stage IN SHARE MODE`);
    const report = await examine();
    await holder.query('ROLLBACK');
    expect(finding(report, 'locks_held').text).to.contain('index builder').and.not.to.contain('stagebell');
    expect(finding(report, 'overdue_locked').text).to.contain('index builder');
  });

  it("tells the leader's lock from the same lock held by a stranger, and so does status", async () => {
    await database().sql(`UPDATE leadership SET epoch = 1, instance = 'web.1', nonce = gen_random_uuid(), lease_ms = 5000,
      since = clock_timestamp(), heartbeat_at = clock_timestamp(), alive_epoch = 1`);
    const toldBy = async () =>
      JSON.parse((await runCommand(['status', '--json'], { DATABASE_URL: database().url })).stdout).succession.told_by;
    const holder = await database().connect();
    await holder.query(`SET application_name = 'stagebell:alive'; BEGIN; LOCK TABLE leader_alive IN EXCLUSIVE MODE`);
    expect(finding(await examine(), 'succession_ok').text).to.contain('web.1');
    expect(await toldBy()).to.equal('postgres');
    await holder.query(`SET application_name = 'gradebook'`);
    const { text, cure } = finding(await examine(), 'succession_off');
    expect(text).to.contain(`session ${pidOf(holder)} holds the lock on leader_alive, not web.1`);
    expect(cure).to.contain('pg_terminate_backend');
    expect(await toldBy()).to.equal('lease');
    await holder.query('ROLLBACK');
    await database().sql(
      'UPDATE leadership SET instance = NULL, since = NULL, heartbeat_at = NULL, alive_epoch = NULL',
    );
  });

  it('finds that nothing can be written, and why what is due is not moved', async () => {
    await database().missed('-1 hour');
    const [{ name } = { name: '' }] = await database().sql<{ name: string }>('SELECT current_database()::text AS name');
    await database().sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const report = await examine();
    await database().sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    expect(report.ok).to.equal(false);
    expect(finding(report, 'writes_read_only').status).to.equal('fail');
    expect(finding(report, 'overdue_unwritable').cure).to.contain('primary').and.not.to.contain('reconcile');
  });

  it('finds the row that the database refuses to change, and recommends reconcile only where it helps', async () => {
    await database().missed('-1 hour');
    expect(finding(await examine(), 'overdue_nobody_leads').cure).to.contain('reconcile');
    await database().sql(`ALTER TABLE stage ADD CONSTRAINT never CHECK (status = 'pending') NOT VALID`);
    const { text, cure } = finding(await examine(), 'overdue_stuck');
    await database().sql('ALTER TABLE stage DROP CONSTRAINT never');
    expect(text).to.contain('never');
    expect(cure).not.to.contain('reconcile');
  });

  it('lists the alerts that are open, and so does status', async () => {
    await database().sql(
      `SELECT raise_alert('overdue', '', 'critical', 'stages do not move', 'mend it', '', 'web.1', 0, true)`,
    );
    const { status, cure } = finding(await examine(), 'alert_overdue');
    expect([status, cure]).to.deep.equal(['fail', 'mend it']);
    const { stdout } = await runCommand(['status'], { DATABASE_URL: database().url });
    expect(stdout).to.match(/^alert {4}overdue, critical, since .*Z: stages do not move$/m);
    await database().sql(`SELECT resolve_alert('overdue', '', 'web.1', 0, NULL)`);
    expect(finding(await examine(), 'alerts_none').status).to.equal('ok');
  });

  it('ends silently when its reader has gone', () => {
    const { PATH } = process.env;
    const env = { PATH, NODE_ENV: 'test', DATABASE_URL: database().url };
    const { stderr } = spawnSync('sh', ['-c', `'${process.execPath}' '${MAIN}' doctor | head -1`], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
  });
});
