import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('The command line, at night', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(() => database.drop());

  it('creates no database by looking, and says which one it looked at', async () => {
    const folder = temporaryFolder('nothing');
    const path = join(folder.path, 'data');
    for (const command of [['status'], ['doctor'], ['reconcile'], ['migrate', '--dry-run']]) {
      const { code, stderr } = await runCommand(command, { DATA_DIR: path });
      expect(code, command[0]).to.equal(2);
      expect(stderr).to.contain('DATABASE_URL: not set').and.to.contain(path).and.to.contain('--env ');
      expect(existsSync(path), command[0]).to.equal(false);
    }
    folder.remove();
  });

  it('reads the environment of the service from its file, but the shell wins', async () => {
    const folder = temporaryFolder('env');
    const file = join(folder.path, 'stagebell.env');
    writeFileSync(file, `DATABASE_URL=${database.url}\nLEADER_LEASE_MS=7000\n`);
    const dry = await runCommand(['migrate', '--dry-run', '--env', file]);
    expect([dry.code, dry.stdout.slice(0, 25)]).to.deep.equal([0, 'Would apply 0001-initial,']);
    expect(dry.stderr).to.match(/^database {2}postgresql:\/\/127.0.0.1:\d+\/test_\w+ as postgres\n$/);
    const missing = await runCommand(['status', '--env', join(folder.path, 'none')]);
    expect(missing).to.include({ code: 2 }).with.property('stderr').that.includes('none').and.includes('NAME=value');
    const shell = await runCommand(['status', '--env', file], { LEADER_LEASE_MS: 'x' });
    expect(shell.stderr, 'the shell wins').to.contain('LEADER_LEASE_MS');
    folder.remove();
  });
});
