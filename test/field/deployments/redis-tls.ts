import { type Certificates, hasOpenssl, makeCertificates, makeSelfSigned } from '../../support/certificates.ts';
import { freePort } from '../../support/ports.ts';
import { startRedis } from '../../support/redis.ts';
import { type Deployment, Missing } from '../deployment.ts';

import { onRedis, withoutLocks } from './redis.ts';

interface Way {
  name: string;
  isShort?: boolean;
  isSelfSigned?: boolean;
  env?: (certificates: Certificates) => Record<string, string>;
  url: (ports: { tls: number; plain: number }) => string;
  args?: readonly string[];
  /** Why it gives no locks; none: it does. */
  cause?: RegExp;
}

const overTls = ({ tls }: { tls: number }): string => `rediss://127.0.0.1:${tls}`;
const WITH_CA = ({ ca }: Certificates) => ({ REDIS_TLS_CA: ca });

const WAYS: readonly Way[] = [
  { name: 'with an authority of its own', isShort: true, env: WITH_CA, url: overTls },
  {
    name: 'with a self-signed certificate and REDIS_TLS_VERIFY=false',
    isSelfSigned: true,
    env: () => ({ REDIS_TLS_VERIFY: 'false' }),
    url: overTls,
  },
  {
    name: 'with a self-signed certificate',
    isShort: true,
    isSelfSigned: true,
    url: overTls,
    cause: /FAIL +redis.*authority that is unknown.*REDIS_TLS_CA.*REDIS_TLS_VERIFY=false/,
  },
  {
    name: 'with a certificate for another name',
    env: WITH_CA,
    url: ({ tls }) => `rediss://localhost:${tls}/?family=4`,
    cause: /FAIL +redis.*another name/,
  },
  {
    name: 'that asks for a client certificate',
    env: WITH_CA,
    url: overTls,
    args: ['--tls-auth-clients', 'yes'],
    cause: /FAIL +redis.*client certificate/,
  },
  { name: 'reached by redis:', url: ({ tls }) => `redis://127.0.0.1:${tls}`, cause: /FAIL +redis.*rediss:/ },
  {
    name: 'that is not there, reached by rediss:',
    url: ({ plain }) => `rediss://127.0.0.1:${plain}`,
    cause: /FAIL +redis.*(TLS on one side only|rediss:)/,
  },
];

export const REDISES_OVER_TLS: readonly Deployment[] = WAYS.map(
  ({ name, isShort = false, isSelfSigned = false, env, url, args = ['--tls-auth-clients', 'no'], cause }) => ({
    name: `Redis over TLS ${name}`,
    isLong: !isShort,
    async up(ground) {
      if (!hasOpenssl()) throw new Missing('openssl is not installed');
      const certificates = isSelfSigned ? makeSelfSigned() : makeCertificates();
      const { ca, certificate, key } = certificates;
      const tls = await freePort();
      const files = ['--tls-ca-cert-file', ca, '--tls-cert-file', certificate, '--tls-key-file', key];
      const server = await startRedis('--tls-port', String(tls), ...files, ...args);
      const expected = cause === undefined ? {} : withoutLocks(cause);
      const site = await onRedis(ground, [server], { expected }, url({ tls, plain: server.port }));
      return { ...site, env: { ...site.env, ...env?.(certificates) } };
    },
  }),
);
