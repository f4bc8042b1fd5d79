import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.ts';

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

export interface Certificates {
  /** The authority's. */
  ca: string;
  /** For 127.0.0.1, signed by the authority. */
  certificate: string;
  key: string;
}

/** An authority and a server's certificate that it signed, in files that are gone after the run. */
export function makeCertificates(): Certificates {
  const folder = temporaryFolder('certificates');
  const path = (name: string) => join(folder.path, name);
  const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'pipe' });
  const newKey = (file: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', path(file)];
  openssl('req', '-x509', ...newKey('ca.key'), '-out', path('ca.pem'), '-days', '2', '-subj', '/CN=Test authority');
  openssl('req', ...newKey('server.key'), '-out', path('server.csr'), '-subj', '/CN=127.0.0.1');
  writeFileSync(path('names'), 'subjectAltName=IP:127.0.0.1\n');
  const signed = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-extfile', path('names')];
  openssl('x509', '-req', '-in', path('server.csr'), ...signed, '-days', '2', '-out', path('server.pem'));
  return { ca: path('ca.pem'), certificate: path('server.pem'), key: path('server.key') };
}

/** A certificate for 127.0.0.1 that nobody but itself has signed, in files that are gone after the run. */
export function makeSelfSigned(): Certificates {
  const { path } = temporaryFolder('certificates');
  const [certificate, key] = [join(path, 'self.pem'), join(path, 'self.key')];
  const files = ['-keyout', key, '-out', certificate];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-days', '2', ...names], {
    stdio: 'pipe',
  });
  return { ca: certificate, certificate, key };
}
