import type { Deployment, Refusal } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** All that breaks a URL where it is not escaped. */
const PASSWORD = 'p@s:s/w#r?d %&+';

interface Login {
  name: string;
  password?: string;
  host?: string;
  query?: (ca: string) => string;
  env?: Record<string, string>;
  refusal?: Refusal;
}

const refused = (pattern: RegExp, readyz = pattern): Refusal => ({ log: pattern, readyz, doctor: pattern });

const LOGINS: readonly Login[] = [
  { name: 'a password of @ : / # ? % and a blank' },
  { name: 'TLS and sslrootcert', query: (ca) => `sslmode=verify-full&sslrootcert=${ca}` },
  {
    name: 'TLS and a certificate for another name',
    query: (ca) => `sslmode=verify-full&sslrootcert=${ca}`,
    host: 'localhost',
    refusal: refused(/certificate is for another name/),
  },
  { name: 'TLS and PGSSLMODE=no-verify', env: { PGSSLMODE: 'no-verify' } },
  {
    name: 'TLS that cannot be verified',
    query: () => 'sslmode=require',
    refusal: {
      ...refused(/certificate cannot be verified/),
      doctor: /certificate cannot be verified.*sslmode=no-verify/s,
    },
  },
  { name: 'a wrong password', password: 'other', refusal: refused(/does not let this role in/) },
];

/** A server that asks for a password. */
export const LOGGED_IN: readonly Deployment[] = LOGINS.map(
  ({ name, password = PASSWORD, host = '127.0.0.1', query, env, refusal }) => ({
    name: `PostgreSQL with ${name}`,
    isLong: true,
    async up(ground: Ground) {
      const { server, ca } = await ground.guarded();
      const place = await Place.make({ cluster: server.url });
      await place.sql(`ALTER ROLE ${place.owner} PASSWORD '${PASSWORD}'`);
      const url = new URL(place.url());
      // Not by URL.password, which leaves what it can as it is.
      const login = `${place.owner}:${encodeURIComponent(password)}`;
      const plain = url.href.replace('127.0.0.1', host).replace(`${place.owner}@`, `${login}@`);
      if (refusal === undefined) await place.migrate(plain);
      const text = query === undefined ? plain : `${plain}?${query(ca)}`;
      const site = siteOf(place, await ground.redis(), refusal === undefined ? {} : { refusal });
      return { ...site, env: { ...site.env, DATABASE_URL: text, ...env } };
    },
  }),
);
