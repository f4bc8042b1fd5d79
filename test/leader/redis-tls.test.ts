import { expect } from 'chai';
import { probeRedis } from '../../src/leader/redis-probe.ts';
import { readRedisTls } from '../../src/redis/connect.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

describe('Redis over TLS', () => {
  let server: RedisServer;
  let certificates: Certificates;
  let tlsPort: number;

  before(async function () {
    if (!hasOpenssl()) this.skip();
    certificates = makeCertificates();
    tlsPort = await freePort();
    const { ca, certificate, key } = certificates;
    const files = ['--tls-ca-cert-file', ca, '--tls-cert-file', certificate, '--tls-key-file', key];
    server = await startRedis('--tls-port', String(tlsPort), '--tls-auth-clients', 'no', ...files);
  });
  after(() => server?.stop());

  /** What doctor would say. */
  const causeOf = async (url: string, tlsVerify = true, tlsCa: string | null = null) => {
    const [report] = await probeRedis([url], 1000, readRedisTls({ tlsVerify, tlsCa }));
    return report?.refusal ?? null;
  };
  const url = (host = '127.0.0.1') => `rediss://${host}:${tlsPort}`;

  it('refuses a certificate of an unknown authority, and names both settings that help', async () => {
    const refusal = await causeOf(url());
    expect(refusal?.cause).to.contain('signed by an authority that is unknown here');
    expect(refusal?.cure).to.contain('REDIS_TLS_CA').and.to.contain('REDIS_TLS_VERIFY=false');
  });

  it('believes the authority of REDIS_TLS_CA', async () => {
    expect(await causeOf(url(), true, certificates.ca)).to.equal(null);
  });

  it('refuses a certificate for another name, whoever signed it', async () => {
    expect((await causeOf(`${url('localhost')}/?family=4`, true, certificates.ca))?.cause).to.contain('another name');
  });

  it('believes anybody with REDIS_TLS_VERIFY=false', async () => {
    expect(await causeOf(`${url('localhost')}/?family=4`, false)).to.equal(null);
  });

  it('says which scheme to look at where only one side speaks TLS', async () => {
    for (const wrong of [`redis://127.0.0.1:${tlsPort}`, `rediss://127.0.0.1:${server.port}`]) {
      expect((await causeOf(wrong))?.cure, wrong).to.contain('rediss:');
    }
  });

  it('stops at a file that holds no certificate', () => {
    expect(() => readRedisTls({ tlsVerify: true, tlsCa: certificates.key })).to.throw('REDIS_TLS_CA');
    expect(() => readRedisTls({ tlsVerify: true, tlsCa: '/not/there' })).to.throw('REDIS_TLS_CA');
  });
});
