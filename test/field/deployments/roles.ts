import { readFileSync } from 'node:fs';
import type { Deployment } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** Two roles with no more than docs/operations.md gives them, in its own words: the service's and a writer's. */
async function granted(place: Place): Promise<{ app: string; office: string }> {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const grant = async (documented: string): Promise<string> => {
    const block = new RegExp(`\`\`\`sql\\nCREATE ROLE ${documented} LOGIN;\\n([^\`]*)\`\`\``).exec(page)?.[1];
    if (block === undefined) throw new Error(`docs/operations.md has no block that creates ${documented}`);
    const role = await place.role();
    await place.sql(block.replaceAll(documented, role));
    return role;
  };
  return { app: await grant('stagebell_app'), office: await grant('office') };
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
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      await place.sql(`ALTER ROLE ${place.owner} CONNECTION LIMIT 20`);
      return siteOf(place, await ground.redis(), {});
    },
  },
];
