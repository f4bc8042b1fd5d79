import type { Deployment, Refusal } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

interface Refused {
  name: string;
  isShort?: boolean;
  isMigrated?: boolean;
  schema?: string;
  sql?: (place: Place) => string;
  /** What the service is given in place of the owner's URL. */
  url?: (place: Place) => string | Promise<string>;
  refusal: Refusal;
}

/** It says the same everywhere. */
const refused = (pattern: RegExp): Refusal => ({ log: pattern, readyz: pattern, doctor: pattern });
const changed = (place: Place, change: (url: URL) => void): string => {
  const url = new URL(place.url());
  change(url);
  return url.href;
};

const REFUSED: readonly Refused[] = [
  {
    // Nobody can tell whose wish it is that nothing be written, so it is said and not passed by.
    name: 'a role that may only read by default',
    isShort: true,
    isMigrated: true,
    sql: ({ owner, name }) => `ALTER ROLE ${owner} IN DATABASE ${name} SET default_transaction_read_only = on`,
    refusal: refused(/read-only/),
  },
  {
    name: 'a database that may only be read by default, and no tables yet',
    sql: ({ name }) => `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
    refusal: refused(/read-only/),
  },
  {
    name: 'tables with row-level security that holds for the service',
    isShort: true,
    isMigrated: true,
    sql: () => 'ALTER TABLE stage ENABLE ROW LEVEL SECURITY; ALTER TABLE stage FORCE ROW LEVEL SECURITY',
    refusal: refused(/row-level security/),
  },
  {
    name: "somebody else's table of our name",
    isShort: true,
    sql: ({ owner }) => `CREATE TABLE stage (id int); ALTER TABLE stage OWNER TO ${owner}`,
    refusal: {
      log: /a table named stage, which is not Stagebell's/,
      readyz: null,
      exitCode: 1,
      doctor: /FAIL +schema.*which is not Stagebell's/,
    },
  },
  {
    name: 'a role that may not create tables in public',
    url: async (place) => place.url(await place.role()),
    refusal: refused(/may not create tables/),
  },
  {
    name: 'a role without grants on the tables',
    isMigrated: true,
    url: async (place) => place.url(await place.role()),
    refusal: { ...refused(/right/), doctor: /FAIL.*Roles and grants/ },
  },
  {
    name: 'no database of the name in DATABASE_URL',
    url: (place) =>
      changed(place, (url) => {
        url.pathname = '/nowhere';
      }),
    refusal: refused(/no database of that name/),
  },
  {
    name: 'no role of the name in DATABASE_URL',
    url: (place) =>
      changed(place, (url) => {
        url.username = 'nobody_at_all';
      }),
    refusal: refused(/does not let this role in/),
  },
  {
    name: 'a port where nobody listens',
    url: (place) =>
      changed(place, (url) => {
        url.port = '1';
      }),
    refusal: refused(/cannot be reached/),
  },
  {
    name: 'sslmode=require at a server without TLS',
    url: (place) => `${place.url()}?sslmode=require`,
    refusal: refused(/does not speak TLS/),
  },
  {
    name: 'a role without connections',
    sql: ({ owner }) => `ALTER ROLE ${owner} CONNECTION LIMIT 0`,
    refusal: refused(/no connection left/),
  },
  {
    name: 'a search_path that names no schema',
    sql: ({ owner, name }) => `ALTER ROLE ${owner} IN DATABASE ${name} SET search_path = nowhere`,
    refusal: refused(/no schema in the search_path/),
  },
  {
    // Even in quotes it means the schema of the role's name.
    name: 'a schema named $user',
    schema: '$user',
    refusal: refused(/no schema in the search_path/),
  },
  {
    name: 'a schema with a dot in its name',
    schema: 'a.b',
    refusal: { log: /has a dot in its name/, readyz: null, exitCode: 1, doctor: /FAIL +schema.*has a dot in its name/ },
  },
  {
    name: 'a schema of a later release',
    isMigrated: true,
    sql: () => `INSERT INTO stagebell_migration (name, executed_at) VALUES ('9999-later', now())`,
    refusal: { log: /newer than this code/, readyz: null, exitCode: 1, doctor: /FAIL +schema.*newer than this code/ },
  },
];

/** Where it cannot work, and says so at once. */
export const REFUSALS: readonly Deployment[] = REFUSED.map(
  ({ name, isShort = false, isMigrated, schema, sql, url, refusal }) => ({
    name,
    isLong: !isShort,
    async up(ground) {
      const where = { cluster: await ground.cluster(), ...(schema === undefined ? {} : { schema }) };
      const place = await (isMigrated ? Place.migrated(where) : Place.make(where));
      if (sql !== undefined) await place.sql(sql(place));
      const env = { DATABASE_URL: (await url?.(place)) ?? place.url(), REDIS_URL: await ground.redis() };
      return { ...siteOf(place, ''), env, refusal };
    },
  }),
);
