import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { Webhook as Verifier } from 'standardwebhooks';
import { systemClock } from '../../src/base/clock.ts';
import { parseNetwork } from '../../src/base/networks.ts';
import { AddressPolicy } from '../../src/webhooks/address-policy.ts';
import { type Outcome, verdictOn } from '../../src/webhooks/plan.ts';
import { newSecret } from '../../src/webhooks/secrets.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { hasOpenssl, makeSelfSigned } from '../support/certificates.ts';
import { Receiver } from '../support/receiver.ts';

const DEADLINE_MS = 400;
const SECRET = newSecret();
const policy = new AddressPolicy([parseNetwork('127.0.0.1') as NonNullable<ReturnType<typeof parseNetwork>>]);

describe('An attempt to deliver', () => {
  const ends: (() => unknown)[] = [];
  const names = new Map<string, string[]>();
  let skewMs = 0;
  let sender: Sender;
  before(() => {
    const resolve = async (name: string): Promise<string[]> =>
      names.get(name) ?? Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));
    sender = new Sender({
      policy,
      resolve,
      clock: systemClock,
      nowMs: () => systemClock.wallMs() + skewMs,
      deadlineMs: DEADLINE_MS,
    });
  });
  after(() => sender.close());
  afterEach(async () => {
    skewMs = 0;
    for (const end of ends.splice(0)) await end();
  });
  const receiver = async (...how: Parameters<typeof Receiver.start>): Promise<Receiver> => {
    const made = await Receiver.start(...how);
    ends.push(() => made.stop());
    return made;
  };
  const post = (url: string): Promise<Outcome> => sender.send({ url, id: '1', body: '{"ü":1}', secrets: [SECRET] });
  /** A server that does not speak HTTP as it should. */
  const raw = async (say: (socket: import('node:net').Socket) => void): Promise<string> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => say(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sockets = new Set<import('node:net').Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as import('node:net').AddressInfo).port}/`;
  };

  it('ends at its deadline, whether the endpoint says nothing, or a byte now and then', async () => {
    const drip = (response: ServerResponse): void => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const slowHead = await raw((socket) => {
      const timer = setInterval(() => socket.write('H'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const silent = await receiver(() => {});
    const dripping = await receiver(drip);
    const startedMs = performance.now();
    const outcomes = await Promise.all([post(silent.url), post(dripping.url)]);
    expect(performance.now() - startedMs).to.be.within(DEADLINE_MS - 10, DEADLINE_MS + 1000);
    for (const outcome of outcomes) {
      expect(outcome.error).to.equal('no complete answer within 0.4 s');
      expect(verdictOn(outcome)).to.equal('failed');
    }
    expect(verdictOn(await post(slowHead))).to.equal('failed');
  });

  it('reads no more than it needs of an answer without end', async () => {
    let sent = 0;
    const endless = await receiver((response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(65_536, 'x');
      const pump = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    });
    const outcome = await post(endless.url);
    expect([outcome.status, outcome.answer.length, verdictOn(outcome)]).to.deep.equal([200, 1024, 'delivered']);
    expect(sent).to.be.below(50_000_000);
  });

  it('says what is wrong with the endpoint', async () => {
    const closed = await receiver();
    await closed.stop();
    ends.pop();
    const cut = await receiver((response) => void response.destroy());
    const noHttp = await raw((socket) => socket.end('220 mail.example.org ESMTP\r\n'));
    const half = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
    const binary = await receiver((response) => response.writeHead(400).end(Buffer.from([0, 255, 0x41])));
    for (const [url, error] of [
      [closed.url, 'nothing listens there'],
      [cut.url, 'it closed the connection without an answer'],
      [noHttp, 'what it answered is not HTTP'],
      [half, 'it closed the connection within its answer'],
      [binary.url, 'answered 400'],
      ['https://nowhere.example/', 'its name is not known to the DNS'],
    ] as const) {
      expect((await post(url)).error, url).to.equal(error);
    }
    expect((await post(binary.url)).answer).to.equal('\ufffd\ufffdA');
  });

  it('trusts no certificate that anybody can make', async function () {
    if (!hasOpenssl()) this.skip();
    const { key, certificate } = makeSelfSigned();
    const secure = await receiver(undefined, { key: readFileSync(key), cert: readFileSync(certificate) });
    const outcome = await post(secure.url);
    expect([outcome.status, outcome.error]).to.deep.equal([
      null,
      'its certificate is signed by itself: get one from a public authority',
    ]);
    expect(secure.got).to.deep.equal([]);
  });

  it('checks the address of each connection, so that a name that resolves differently the second time gains nothing', async () => {
    const to = await receiver((response) => response.writeHead(200, { connection: 'close' }).end());
    const url = `http://rebind.example:${to.port}/`;
    names.set('rebind.example', ['127.0.0.1']);
    expect((await post(url)).status).to.equal(200);
    for (const addresses of [
      ['127.0.0.2'],
      ['169.254.169.254'],
      ['127.0.0.1', '10.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
    ]) {
      names.set('rebind.example', addresses);
      const outcome = await post(url);
      expect([outcome.status, outcome.error], String(addresses)).to.satisfy(
        ([status, error]: [unknown, string]) => status === null && error.includes('is not a public address'),
      );
    }
    names.set('rebind.example', ['1.1.1.1']);
    expect((await post(url)).error).to.contain('reached by https only');
    expect((await post('http://127.0.0.2:1/')).error).to.contain('is not a public address');
    expect(to.got).to.have.length(1);
  });

  it('uses a connection again, and another one where that was closed meanwhile', async () => {
    const ports: (number | undefined)[] = [];
    const to = await receiver((response, _, request) => {
      ports.push(request.socket.remotePort);
      response.writeHead(200).end();
      if (ports.length === 2) setImmediate(() => request.socket.destroy());
    });
    for (let i = 0; i < 3; i++) expect((await post(to.url)).status).to.equal(200);
    expect(ports[0]).to.equal(ports[1]).and.not.to.equal(ports[2]);
  });

  it('is signed for the minute that the database has, because a receiver refuses what is minutes off', async () => {
    const to = await receiver();
    await post(to.url);
    skewMs = 10 * 60_000;
    await post(to.url);
    const [right, wrong] = to.got;
    new Verifier(SECRET).verify(right?.body ?? '', right?.headers ?? {});
    expect(() => new Verifier(SECRET).verify(wrong?.body ?? '', wrong?.headers ?? {})).to.throw('too new');
  });
});
