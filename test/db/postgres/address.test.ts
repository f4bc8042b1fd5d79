import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import { expect } from 'chai';
import { postgresAddress } from '../../../src/db/postgres/address.ts';
import { troubleOf } from '../../../src/db/troubles.ts';

describe("PostgreSQL's certificate", () => {
  const of = (names: string) => ({ subject: { CN: 'x' }, subjectaltname: names }) as unknown as PeerCertificate;
  /** What Node asks, which knows no name where the host is an address. */
  const judge = (url: string, names: string): Error | undefined =>
    (postgresAddress(url).ssl as ConnectionOptions).checkServerIdentity?.('localhost', of(names));
  const url = 'postgresql://app@10.0.0.5/db?sslmode=verify-full';

  it('is good for the address in DATABASE_URL', () => {
    expect(judge(url, 'IP Address:10.0.0.5')).to.equal(undefined);
    expect(judge('postgresql://app@[::1]/db?sslmode=verify-full', 'IP Address:0:0:0:0:0:0:0:1')).to.equal(undefined);
  });

  it('is not good for another, nor for localhost, and has another cure than an unknown authority', () => {
    for (const names of ['IP Address:10.0.0.6', 'DNS:localhost']) {
      const trouble = troubleOf(judge(url, names));
      expect(trouble?.cause, names).to.contain('for another name');
    }
  });

  it('is left to the driver where the host is a name, or nothing is verified', () => {
    expect(postgresAddress(url.replace('10.0.0.5', 'db.example')).ssl).not.to.have.property('checkServerIdentity');
    expect(postgresAddress('postgresql://app@10.0.0.5/db').ssl).to.equal(false);
  });
});
