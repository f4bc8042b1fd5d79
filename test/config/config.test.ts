import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ConfigError } from '../../src/base/errors.ts';
import { checkServing, loadConfig, needsStoredKeys, noKeys } from '../../src/config/config.ts';

const KEY = createHash('sha256').update('secret').digest('hex');
const OTHER = 'b'.repeat(64);
const URL = 'postgresql://u:hunter2@db/stagebell';

function faults(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
const load = (env: NodeJS.ProcessEnv) => faults(() => loadConfig(env));
const serve = (env: NodeJS.ProcessEnv) => faults(() => checkServing(loadConfig(env)));

describe('configuration', () => {
  it('needs nothing: the embedded database on loopback, open', () => {
    const config = loadConfig({});
    checkServing(config);
    const http = { port: 3000, host: '127.0.0.1', basePath: '', trustedProxies: null, rateLimit: null };
    expect(config.http).to.deep.equal(http);
    expect(config.leader.leaseMs).to.equal(5000);
    expect(config.timers.horizon).to.equal(10_000);
    expect(config.redis.urls).to.equal(null);
  });

  it('listens everywhere once a database is configured', () => {
    expect(loadConfig({ DATABASE_URL: URL }).http.host).to.equal('0.0.0.0');
  });

  it('takes a path that something in front gives the service, if nobody can take it for one of its own', () => {
    const pathOf = (path: string) => loadConfig({ BASE_PATH: path }).http.basePath;
    expect(['/', '/bell', '/bell/', '/a/b.c~1'].map(pathOf)).to.deep.equal(['', '/bell', '/bell', '/a/b.c~1']);
    expect(load({ BASE_PATH: 'bell' })).to.deep.equal([
      'BASE_PATH: got "bell", expected a path that begins with /, such as /bell',
    ]);
    for (const path of ['//', '/a b', '/a/../b', '/a?b', '/a%20b', '/bell//']) {
      expect(load({ BASE_PATH: path }).join(), path).to.contain('letters, digits and . _ ~ -');
    }
    expect(load({ BASE_PATH: '/v1/bell' }).join()).to.contain('/v1 is a path of the service itself');
  });

  it('reads an empty variable as unset', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: '', REDIS_URL: '' }).database.url).to.equal(null);
  });

  it('names the instance after the dyno, unless it is told a name', () => {
    expect(loadConfig({ DYNO: 'web.1' }).instanceName).to.equal('web.1');
    expect(loadConfig({ DYNO: 'web.1', INSTANCE_NAME: 'a' }).instanceName).to.equal('a');
    expect(loadConfig({}).instanceName).to.match(/:\d+$/);
  });

  it('prefers the encrypted Redis where the platform sets both', () => {
    expect(loadConfig({ REDIS_URL: 'redis://a', REDIS_TLS_URL: 'rediss://b' }).redis.urls).to.deep.equal([
      'rediss://b',
    ]);
  });

  it('lists all faults at once, each with what came and what was expected', () => {
    const all = load({ PORT: 'abc', LEADER_LEASE_MS: '999', ROLE: 'boss', METRICS_OPEN: 'yes', TIMER_HORIZON: '1.5' });
    expect(all).to.deep.equal([
      'PORT: got "abc", expected a whole number from 0 to 65535',
      'LEADER_LEASE_MS: got "999", expected a whole number from 1000 to 60000',
      'TIMER_HORIZON: got "1.5", expected a whole number from 1 to 1000000',
      'ROLE: got "boss", expected one of all, web, clock',
      'METRICS_OPEN: got "yes", expected true or false',
    ]);
  });

  it('refuses an even number of Redis servers, one named twice, and what is not a Redis URL', () => {
    expect(load({ REDIS_URL: 'redis://a,redis://b' }).join()).to.contain('2 cannot form a majority');
    expect(load({ REDIS_URL: 'redis://a,redis://a,redis://b' }).join()).to.contain('different servers');
    expect(load({ REDIS_URL: 'http://a' }).join()).to.contain('redis://host:6379');
    expect(load({ REDIS_URL: 'redis://a, redis://b ,redis://c' })).to.deep.equal([]);
  });

  it('refuses a Redis URL that would be misunderstood, and repeats nothing of it', () => {
    const secret = 'S3CR3T';
    const wrong = [
      'u:12#S3CR3T@host',
      'u:12?S3CR3T@host',
      'u:12/S3CR3T@host',
      ':S3C%R3T@host',
      'u:S3CR3T@host/x',
      '/S3CR3T',
    ];
    for (const rest of [...wrong, 'host?enableOfflineQueue=S3CR3T', 'u:S3/CR3T@host:6379']) {
      const faults = load({ REDIS_URL: `redis://${rest}` }).join();
      expect(faults, rest).to.contain('REDIS_URL');
      expect(faults, rest).not.to.contain(secret);
    }
    expect(load({ REDIS_URL: 'redis://a/1,redis://a:6379/2,redis://b' }).join()).to.contain('different servers');
    expect(load({ REDIS_URL: 'rediss://u:p%40%3A%2F%23@[::1]:6380/3?family=6' })).to.deep.equal([]);
  });

  it('refuses a schema given where nobody reads it, and several hosts', () => {
    for (const parameter of ['schema=stg', 'currentSchema=stg', 'search_path=stg']) {
      expect(load({ DATABASE_URL: `${URL}?${parameter}` }).join()).to.contain('?options=-csearch_path');
    }
    expect(load({ DATABASE_URL: 'postgres://u:a,b@one,two:5433/x' }).join()).to.contain('several hosts');
    expect(load({ DATABASE_URL: 'postgres://u:a,b@one/x?options=-csearch_path%3Dstg&pgbouncer=true' })).to.deep.equal(
      [],
    );
  });

  it('asks "did you mean" about a variable that nobody reads but that looks like ours', () => {
    expect(load({ LEADER_LEASE: '5000' })).to.deep.equal([
      'LEADER_LEASE: unknown variable; did you mean LEADER_LEASE_MS?',
    ]);
    expect(load({ DATABASE_URI: URL })).to.deep.equal(['DATABASE_URI: unknown variable; did you mean DATABASE_URL?']);
    expect(
      load({ HOME: '/root', HOSTNAME: 'x', PATH: '/bin', SHELL: 'sh', XDG_DATA_DIRS: '/x', PGUSER: 'x' }),
    ).to.deep.equal([]);
  });

  it('accepts tokens of an issuer for an audience, and refuses what would let others in', () => {
    const right = { JWT_ISSUER: 'https://login.example.org/', JWT_AUDIENCE: 'a,b' };
    expect(loadConfig({ ...right, JWT_SCOPES: 'lecturer=write,a=b=read' }).jwt).to.deep.equal({
      issuer: 'https://login.example.org/',
      audience: ['a', 'b'],
      jwksUrl: null,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      scopeClaim: 'scope',
      scopes: { lecturer: 'write', 'a=b': 'read' },
    });
    const wrong: [NodeJS.ProcessEnv, string][] = [
      [{ JWT_AUDIENCE: 'a' }, 'JWT_ISSUER'],
      [{ JWT_ISSUER: 'https://login.example.org/' }, 'JWT_AUDIENCE'],
      [{ ...right, JWT_ISSUER: 'campus' }, 'JWT_JWKS_URL'],
      [{ ...right, JWT_JWKS_URL: 'http://login.example.org/jwks' }, 'JWT_JWKS_URL'],
      [{ ...right, JWT_ALGORITHMS: 'RS256,HS256' }, 'JWT_ALGORITHMS'],
      [{ ...right, JWT_ALGORITHMS: 'none' }, 'JWT_ALGORITHMS'],
      [{ ...right, JWT_SCOPES: 'lecturer' }, 'JWT_SCOPES'],
      [{ ...right, JWT_SCOPES: 'lecturer=root' }, 'JWT_SCOPES'],
    ];
    for (const [env, source] of wrong)
      expect(load(env).join(), JSON.stringify(env)).to.contain(source).and.contain('expected');
  });

  it('reads limits and proxies, and refuses what is none', () => {
    const { http } = loadConfig({ RATE_LIMIT: '3000/60', TRUSTED_PROXIES: '10.0.0.0/8, ::1' });
    expect([http.rateLimit, http.trustedProxies]).to.deep.equal([
      { requests: 3000, seconds: 60 },
      ['10.0.0.0/8', '::1'],
    ]);
    for (const wrong of ['100', '0/60', '10/0', '1.5/1', '10 / 1', 'many/60']) {
      expect(load({ RATE_LIMIT: wrong }).join(), wrong).to.contain('expected requests/seconds');
    }
    for (const wrong of ['*', '10.0.0.0/33', '10.0.0/8', 'proxy.example', '::/129', '10.0.0.1/8/8']) {
      expect(load({ TRUSTED_PROXIES: wrong }).join(), wrong).to.contain('expected addresses or networks');
    }
  });

  it('takes exact origins of pages, and no others', () => {
    const { security } = loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:5173' });
    expect(security.corsOrigins).to.deep.equal(['https://a.example', 'http://localhost:5173']);
    for (const wrong of [
      '*',
      'null',
      'a.example',
      'https://a.example/',
      'https://*.example',
      'https://A.example',
      'https://a.example:443',
      'file:///x',
    ]) {
      expect(load({ CORS_ORIGINS: wrong }).join(), wrong)
        .to.contain('CORS_ORIGINS')
        .and.contain('expected origins');
    }
  });

  it('never repeats a secret', () => {
    const text = load({ DATABASE_URL: 'mysql://u:hunter2@db/x', API_KEYS: 'ops:admin:hunter2' }).join('\n');
    expect(text).to.contain('DATABASE_URL').and.to.contain('64 hex digits');
    expect(text).not.to.contain('hunter2');
  });

  it('says which part of a DATABASE_URL is wrong, and repeats nothing of it', () => {
    const wrong: [url: string, part: string][] = [
      ['postgres://app:S3CR3T/et@db/x', 'password contains a / that is not escaped'],
      ['postgres://app:12/S3CR3T@db/x', 'password contains a / that is not escaped'],
      ['postgres://app:12#S3CR3T@db/x', 'password contains a # that is not escaped'],
      ['postgres://app:12?S3CR3T@db/x', 'password contains a ? that is not escaped'],
      ['postgres://app:S3@C/R3T@db/x', 'the name of the database contains a / or @'],
      ['postgres://app:x@db/S3CR3T#x', 'it contains a #'],
      ['postgres://app:x@db:S3CR3T/x', 'the port after the host'],
      ['postgres://app:S3CR3T', 'is not a port, and no @host'],
      ['postgres://S3CR3T:1,b:2/x', 'several hosts'],
      ['host=db password=S3CR3T', 'a list of name=value'],
      ['jdbc:postgresql://S3CR3T/x', 'does not begin with postgresql://'],
      ['postgres://S3CR3T@/x', 'expected a URL'],
    ];
    for (const [url, part] of wrong) {
      const text = load({ DATABASE_URL: url }).join();
      expect(text, url).to.contain('DATABASE_URL: ').and.to.contain(part).and.to.contain('%2F');
      expect(text, url).not.to.match(/S3|C?R3T/);
    }
    const right = [
      'u:p%2F%40@[::1]:5432/db',
      '/x?host=/run&user=a@b',
      '%2Frun/x',
      'u:s@c@h/x',
      'h?options=-c x=y',
      'u:100%@h/x',
    ];
    for (const rest of right) expect(load({ DATABASE_URL: `postgresql://${rest}` }), rest).to.deep.equal([]);
  });

  it('asks for stored keys where others can reach the service without any, and says all ways out', () => {
    const needs = (env: NodeJS.ProcessEnv) => needsStoredKeys(loadConfig(env));
    expect(
      [{ HOST: '0.0.0.0' }, { DATABASE_URL: URL }, { DATABASE_URL: URL, HOST: '127.0.0.1' }].map(needs),
    ).to.deep.equal([true, true, true]);
    expect(
      [{}, { DATABASE_URL: URL, AUTH: 'none' }, { DATABASE_URL: URL, API_KEYS: `ops:admin:${KEY}` }].map(needs),
    ).to.deep.equal([false, false, false]);
    const { message } = noKeys(loadConfig({ HOST: '0.0.0.0' }));
    for (const way of ['API_KEYS', 'stagebell keys create', 'AUTH=none']) expect(message).to.contain(way);
  });

  it('refuses what an embedded database cannot do', () => {
    expect(serve({ ROLE: 'clock' }).join()).to.contain('serves one process');
    expect(serve({ REDIS_URL: 'redis://a' }).join()).to.contain('set DATABASE_URL');
  });

  it('reads keys, and names the one that is wrong', () => {
    const { security } = loadConfig({ API_KEYS: `ops:admin:${KEY}, page:read:${OTHER}` });
    expect(security.apiKeys?.map(({ name, scope }) => `${name}:${scope}`)).to.deep.equal(['ops:admin', 'page:read']);
    expect(load({ API_KEYS: `a:write:${KEY},a:read:${KEY}` }).join()).to.contain('key 2: the name a is used twice');
    for (const name of ['sql', 'anonymous', 'jwt']) {
      expect(load({ API_KEYS: `${name}:read:${KEY}` }).join()).to.contain('another meaning on the record');
    }
    expect(load({ API_KEYS: `a:root:${KEY}` }).join()).to.contain('must be a scope: read, write or admin');
    expect(load({ API_KEYS: `a:write:${KEY},b:read:${KEY.toUpperCase()}` }).join()).to.contain(
      'another name has the same secret',
    );
    for (const secret of ['', '\n']) {
      const hash = createHash('sha256').update(secret).digest('hex');
      expect(load({ API_KEYS: `a:write:${hash}` }).join()).to.contain('empty secret');
    }
  });
});
