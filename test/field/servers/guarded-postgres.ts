import { chmodSync, chownSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasOpenssl, makeCertificates } from '../../support/certificates.ts';
import { postgresBinaries } from '../../support/postgres-binaries.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { Missing } from '../deployment.ts';

export interface GuardedPostgres {
  server: PostgresServer;
  /** Its authority's certificate. */
  ca: string;
}

/** Its superuser comes in without a password and without TLS, as the tests do. */
const HBA = `host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n`;

/** A server that asks everybody for a password and speaks TLS, with a certificate of an authority of its own. @throws Missing */
export async function startGuardedPostgres(): Promise<GuardedPostgres> {
  if (!hasOpenssl()) throw new Missing('openssl is not installed');
  const { owner } = await postgresBinaries();
  const { path } = temporaryFolder('guarded', owner);
  const { ca, certificate, key } = makeCertificates();
  const file = (name: string): string => join(path, name);
  copyFileSync(certificate, file('server.pem'));
  copyFileSync(key, file('server.key'));
  writeFileSync(file('pg_hba.conf'), HBA);
  chmodSync(file('server.key'), 0o600);
  if (owner !== undefined)
    for (const name of ['server.pem', 'server.key', 'pg_hba.conf']) chownSync(file(name), owner.uid, owner.gid);
  const tls = { ssl: 'on', ssl_cert_file: file('server.pem'), ssl_key_file: file('server.key') };
  return { server: await PostgresServer.start({ settings: { hba_file: file('pg_hba.conf'), ...tls } }), ca };
}
