import { expect } from 'chai';
import { runCommand } from '../support/command.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { freePort, runProcess, startServe } from '../support/processes.ts';
import { createMigrated } from '../support/template.ts';

describe('stagebell keys', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  before(async () => {
    database = await createMigrated();
    env = { DATABASE_URL: database.url };
  });
  after(() => database.drop());

  it('makes the first key, without which a service that others can reach does not start', async function () {
    this.timeout(60_000);
    const serving = { ...env, AUTH: undefined, HOST: '0.0.0.0', PORT: String(await freePort()) };
    const { code, stderr } = await runProcess(['serve'], serving);
    expect(code).to.equal(2);
    expect(stderr).to.contain('stagebell keys create').and.to.contain('AUTH=none');

    const made = await runCommand(['keys', 'create', 'ops', '--scope', 'admin'], env);
    expect([made.code, made.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 0 && /^sb_[\w-]{43}\n$/.test(text),
    );
    const service = await (await startServe({ ...env, AUTH: undefined, HOST: '0.0.0.0' })).ready();
    try {
      const authorization = `Bearer ${made.stdout.trim()}`;
      const statuses = [{}, { authorization }].map(
        async (headers) => (await fetch(`${service.url}/v1/keys`, { headers })).status,
      );
      expect(await Promise.all(statuses)).to.deep.equal([401, 200]);
    } finally {
      await service.stop();
    }
  });

  it('lists them without their secrets, and revokes one by its name', async () => {
    const json = async (...args: string[]) => JSON.parse((await runCommand(['keys', ...args, '--json'], env)).stdout);
    const { id, secret } = await json('create', 'board', '--scope', 'read', '--expires', '2037-09-01T00:00:00+08:00');
    const find = async () => (await json('list')).find((key: { name: string }) => key.name === 'board');
    expect(await find()).to.include({ id, scope: 'read', created_by: 'cli', expires_at: '2037-08-31T16:00:00.000Z' });
    const listed = (await runCommand(['keys', 'list'], env)).stdout;
    expect(listed)
      .to.match(/^board +read .*, never used, expires 2037/m)
      .and.not.to.contain(secret);
    expect((await runCommand(['keys', 'revoke', 'board'], env)).stdout).to.equal('The key board is revoked.\n');
    expect((await find()).revoked_at).to.be.a('string');
    expect(await runCommand(['keys', 'revoke', 'board'], env)).to.include({ code: 1 });
  });

  it('refuses a wrong name, scope or instant with exit code 2, and a name that is taken with 1', async () => {
    const create = async (...args: string[]) => (await runCommand(['keys', 'create', ...args], env)).code;
    expect(await create('a b', '--scope', 'read')).to.equal(2);
    expect(await create('sql', '--scope', 'read')).to.equal(2);
    expect(await create('a', '--scope', 'root')).to.equal(2);
    expect(await create('a')).to.equal(2);
    for (const expires of ['tomorrow', '2037-09-01', '2037-09-01T00:00:00']) {
      expect(await create('a', '--scope', 'read', '--expires', expires), expires).to.equal(2);
    }
    expect(await create('ops', '--scope', 'read')).to.equal(1);
    env['API_KEYS'] = `office:write:${'b'.repeat(64)}`;
    expect(await create('office', '--scope', 'read')).to.equal(1);
  });
});
