import { createHmac } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import type { Shown } from '../../src/access/authenticator.ts';
import { ALGORITHMS, type Algorithm } from '../../src/access/jwt.ts';
import { jwtAuthenticator } from '../../src/access/jwt-authenticator.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';

const ISSUER = 'https://login.example.org/';
const AUDIENCE = 'stagebell';
const NOW_S = 1_800_000_000;

interface Pair {
  kid: string;
  alg: string;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}
const pairOf = async (kid: string, alg = 'ES256'): Promise<Pair> => ({
  kid,
  alg,
  ...(await generateKeyPair(alg, { extractable: true })),
});

type Claims = Record<string, unknown>;
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('Tokens (JWT)', () => {
  let issuer: Server;
  let url: string;
  let answer: (response: ServerResponse) => void;
  let requests = 0;
  let one: Pair;
  let two: Pair;
  let offsetMs = 0;
  let patience = 1;
  const clock: Clock = {
    ...systemClock,
    monoMs: () => systemClock.monoMs() + offsetMs,
    after: (ms, callback) => systemClock.after(ms * patience, callback),
  };
  let health: Health;

  before(async () => {
    [one, two] = [await pairOf('one'), await pairOf('two', 'RS256')];
    issuer = createServer((_, response) => {
      requests += 1;
      answer(response);
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
  });
  after(() => {
    issuer.closeAllConnections();
    issuer.close();
  });
  beforeEach(async () => {
    [requests, offsetMs, patience] = [0, 0, 1];
    health = new Health(clock, silentLog);
    await publish(one);
  });

  async function publish(...pairs: Pair[]): Promise<void> {
    const keys = await Promise.all(
      pairs.map(async ({ publicKey, kid, alg }) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })),
    );
    answer = (response) => response.end(JSON.stringify({ keys }));
  }

  function service(algorithms: readonly Algorithm[] = ['RS256', 'ES256', 'EdDSA'], isMetadata = false) {
    const rules = {
      issuer: ISSUER,
      audiences: [AUDIENCE, 'courses'],
      algorithms,
      scopeClaim: 'scope',
      scopes: { 'stagebell:read': 'read', 'stagebell:write': 'write', 'stagebell:admin': 'admin' } as const,
    };
    const nowMs = () => NOW_S * 1000;
    const authenticator = jwtAuthenticator(apiKeyAuthenticator([]), { rules, url, isMetadata, clock, health, nowMs });
    return (token: string): Promise<Shown> =>
      authenticator.authenticate({ headers: { authorization: `Bearer ${token}` } });
  }

  const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'li', exp: NOW_S + 60, scope: 'openid stagebell:write' };
  function tokenOf(claims: Claims = {}, pair = one, header = {}): Promise<string> {
    return new SignJWT({ ...CLAIMS, ...claims })
      .setProtectedHeader({ alg: pair.alg, kid: pair.kid, ...header })
      .sign(pair.privateKey);
  }

  const why = (shown: Shown) => (shown.kind === 'unknown' ? shown.why : shown.kind);

  it('name their bearer, and allow what their scopes say', async () => {
    const ask = service();
    const principal = async (claims: Claims) => {
      const shown = await ask(await tokenOf(claims));
      return shown.kind === 'principal' ? `${shown.principal.name} ${shown.principal.scopes}` : shown.kind;
    };
    expect(await principal({})).to.equal('jwt:li read,write');
    expect(await principal({ scope: ['stagebell:admin', 7, null] })).to.equal('jwt:li read,write,admin');
    expect(await principal({ aud: ['other', 'courses'], scope: 'stagebell:read' })).to.equal('jwt:li read');
    for (const scope of [undefined, '', 'read', 'stagebell:root', 'constructor', { 'stagebell:read': true }]) {
      expect(await principal({ scope }), String(scope)).to.equal('jwt:li ');
    }
    expect(await principal({ sub: 'office:li%' }), 'nobody passes for a user behind another').to.equal(
      'jwt:office%3Ali%25 read,write',
    );
    expect(requests).to.equal(1);
  });

  it('are refused if they are not for us, not valid now, or say not until when', async () => {
    const ask = service();
    const refused: [Claims, string][] = [
      [{ exp: NOW_S - 31 }, 'expired'],
      [{ exp: undefined }, 'exp'],
      [{ exp: 'tomorrow' }, 'exp'],
      [{ nbf: NOW_S + 31 }, 'not valid yet'],
      [{ aud: 'other' }, 'aud'],
      [{ aud: undefined }, 'aud'],
      [{ iss: 'https://login.example.org' }, 'iss'],
      [{ iss: undefined }, 'iss'],
      [{ sub: undefined }, 'sub'],
      [{ sub: '' }, 'sub'],
      [{ sub: 'a\nb' }, 'sub'],
      [{ sub: 'x'.repeat(201) }, 'sub'],
    ];
    for (const [claims, word] of refused) {
      expect(why(await ask(await tokenOf(claims))), JSON.stringify(claims)).to.contain(word);
    }
    for (const claims of [{ exp: NOW_S - 29 }, { nbf: NOW_S + 29 }]) {
      expect((await ask(await tokenOf(claims))).kind, 'clocks differ').to.equal('principal');
    }
  });

  it('are refused if anybody could have signed them', async () => {
    await publish(one, two);
    const ask = service();
    const payload = base64(CLAIMS);
    const none = `${base64({ alg: 'none' })}.${payload}.`;
    const head = base64({ alg: 'HS256', kid: 'one' });
    const pem = await exportSPKI(one.publicKey);
    const hmac = createHmac('sha256', pem).update(`${head}.${payload}`).digest('base64url');
    const stranger = await pairOf('one');
    const [, , signature] = (await tokenOf()).split('.');
    for (const token of [
      none,
      `${base64({ alg: 'None', kid: 'one' })}.${payload}.`,
      `${head}.${payload}.${hmac}`,
      await tokenOf({}, stranger),
      await tokenOf({}, stranger, { jwk: await exportJWK(stranger.publicKey), jku: 'http://127.0.0.1:1/' }),
      await tokenOf({}, one, { crit: ['x'], x: 1 }).catch(() => none),
      `${base64({ alg: 'ES256', kid: 'one' })}.${base64({ ...CLAIMS, scope: 'stagebell:admin' })}.${signature}`,
      `${base64({ alg: 'RS256', kid: 'one' })}.${payload}.${signature}`,
      `${base64({ alg: 'ES256', kid: 'one' })}.${payload}.`,
      `${base64([])}.${payload}.${signature}`,
      'a.b.c',
    ]) {
      expect((await ask(token)).kind, token.slice(0, 80)).to.equal('unknown');
    }
    expect((await service(['RS256'])(await tokenOf())).kind, 'an algorithm that is not accepted').to.equal('unknown');
    expect(ALGORITHMS.filter((name) => /^(HS|none)/i.test(name))).to.deep.equal([]);
  });

  it('may name any key: it is looked for among those of the issuer and nowhere else, and not again and again', async () => {
    const ask = service();
    for (const kid of [
      '../../etc/passwd',
      'https://evil.example/jwks',
      `' OR 1=1`,
      '__proto__',
      'x'.repeat(1_000_000),
    ]) {
      expect(why(await ask(await tokenOf({}, { ...one, kid }))), kid.slice(0, 20)).to.contain('no key');
    }
    expect(requests).to.equal(1);
  });

  it('go on when the issuer changes its keys', async () => {
    const ask = service();
    await ask(await tokenOf());
    await publish(one, two);
    expect((await ask(await tokenOf({}, two))).kind, 'not during the cooldown').to.equal('unknown');
    offsetMs += 31_000;
    expect((await ask(await tokenOf({}, two))).kind).to.equal('principal');
    await publish(two);
    offsetMs += 601_000;
    expect((await ask(await tokenOf({}, one))).kind, 'a key that was withdrawn').to.equal('unknown');
    expect(requests).to.equal(3);
  });

  const LIES: Record<string, (response: ServerResponse) => void> = {
    hangs: () => {},
    'sends a byte now and then': (response) => void response.write('{'),
    'is huge': (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      response.on('error', () => {});
      more();
    },
    'sends something else': (response) => response.end('<html></html>'),
    'sends no keys': (response) => response.end('{"keys": 7}'),
    'sends what are no keys': (response) => response.end('{"keys": [7]}'),
    fails: (response) => response.writeHead(500).end(),
    redirects: (response) => response.writeHead(302, { location: `${url}/elsewhere` }).end(),
    'is cut off': (response) => response.destroy(),
  };
  for (const [how, lie] of Object.entries(LIES)) {
    it(`cannot be judged while the issuer ${how}: 503, and those who were known go on`, async () => {
      answer = lie;
      // The deadline of three seconds.
      patience = 0.05;
      const [ask, known] = [service(), service()];
      const error = await ask(await tokenOf()).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: 'jwks_unavailable', status: 503 });
      expect(health.degraded).to.deep.equal(['jwks']);
      await publish(one);
      expect((await known(await tokenOf())).kind).to.equal('principal');
      answer = lie;
      offsetMs += 601_000;
      expect((await known(await tokenOf())).kind).to.equal('principal');
      await publish(one);
      offsetMs += 31_000;
      expect((await ask(await tokenOf())).kind).to.equal('principal');
      expect(health.degraded).to.deep.equal([]);
    });
  }

  it('find their keys by the metadata of the issuer', async () => {
    const jwks = answer;
    let asked = 0;
    answer = (response) =>
      asked++ === 0 ? response.end(JSON.stringify({ issuer: ISSUER, jwks_uri: url })) : jwks(response);
    expect((await service(undefined, true)(await tokenOf())).kind).to.equal('principal');
    answer = (response) => response.end('{"jwks_uri": "http://192.0.2.1/jwks"}');
    const error = await service(undefined, true)(await tokenOf()).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'jwks_unavailable' });
  });
});
