import { BY_HEARTBEAT_MS, type Deployment, type Site } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';

/** The service as the owner of its database, beside others. */
export function siteOf(place: Place, redisUrl: string, rest: Partial<Site> = {}): Site {
  return {
    adminUrl: place.adminUrl,
    env: { DATABASE_URL: place.url(), REDIS_URL: redisUrl },
    down: () => place.down(),
    ...rest,
  };
}

export async function plainSite(ground: Ground, major?: number): Promise<Site> {
  return siteOf(await Place.migrated({ cluster: await ground.cluster(major) }), await ground.redis());
}

export const VERSIONS: readonly Deployment[] = [
  { name: 'PostgreSQL 18', up: (ground) => plainSite(ground) },
  ...[14, 15, 16, 17].map((major) => ({
    name: `PostgreSQL ${major}`,
    isLong: true,
    up: (ground: Ground) => plainSite(ground, major),
  })),
  {
    name: 'one server without Redis',
    async up(ground) {
      const { env, ...site } = await plainSite(ground);
      const { DATABASE_URL = '' } = env;
      // A second process takes over from the first, and stands by for it: by heartbeat, there is no lock.
      return { ...site, env: { DATABASE_URL }, expected: { crashMs: BY_HEARTBEAT_MS } };
    },
  },
];
