import type { Deployment, Site } from '../deployment.ts';
import { HttpLoad } from '../http-load.ts';
import { Place } from '../place.ts';
import { blocksUnder } from './operations-page.ts';
import { siteOf } from './plain.ts';

/** Two roles with no more than docs/operations.md gives them, in its own words: the service's and a writer's. */
async function granted(place: Place): Promise<{ app: string; office: string }> {
  const grant = async (documented: string): Promise<string> => {
    const create = `CREATE ROLE ${documented} LOGIN;\n`;
    const block = blocksUnder('Roles and grants', 'sql').find((text) => text.startsWith(create));
    if (block === undefined) throw new Error(`docs/operations.md has no block that creates ${documented}`);
    const role = await place.role();
    await place.sql(block.replace(create, '').replaceAll(documented, role));
    return role;
  };
  return { app: await grant('stagebell_app'), office: await grant('office') };
}

const LIMIT = 20;
const CLIENTS = 24;

/** Fewer connections than two instances would take, 24 clients that take what they get, and all sessions ended. */
async function short(place: Place, redisUrl: string): Promise<Site> {
  await place.sql(`ALTER ROLE ${place.owner} CONNECTION LIMIT ${LIMIT}`);
  const load = new HttpLoad(CLIENTS);
  return siteOf(place, redisUrl, {
    // The limit is for the role of the service: whoever is on call comes in by another.
    toolEnv: { DATABASE_URL: place.adminUrl },
    expected: { mayBeBusy: true, bellMs: 1000, causes: ['timer', 'sweep'], mayDegrade: ['pool', 'connections'] },
    async onReady(urls) {
      load.start(urls);
      await place.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${place.owner}'`);
    },
    async down() {
      await load.stop();
      await place.down();
    },
  });
}

export const ROLES: readonly Deployment[] = [
  {
    name: 'a service and a writer with the grants of operations.md',
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      const { app, office } = await granted(place);
      const env = { DATABASE_URL: place.url(app), REDIS_URL: await ground.redis() };
      return { ...siteOf(place, ''), env, writerUrl: place.url(office) };
    },
  },
  {
    name: 'a connection limit of 20 for two instances',
    isLong: true,
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      await place.sql(`ALTER ROLE ${place.owner} CONNECTION LIMIT ${LIMIT}`);
      return siteOf(place, await ground.redis(), {});
    },
  },
  {
    name: 'a connection limit of 20 for two instances, 24 HTTP clients, and all sessions terminated',
    isLong: true,
    isAboutLeaders: true,
    async up(ground) {
      return short(await Place.migrated({ cluster: await ground.cluster() }), await ground.redis());
    },
  },
];
