import { Link } from '../../proof/chaos/links/link.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { BY_HEARTBEAT_MS, type Deployment, type Expected, type Site } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';

import { siteOf } from './plain.ts';

/** A site on Redis servers of its own. */
export async function onRedis(
  ground: Ground,
  servers: readonly RedisServer[],
  rest: Partial<Site> = {},
  url = servers.map((server) => server.url).join(','),
): Promise<Site> {
  const place = await Place.migrated({ cluster: await ground.cluster() });
  const down = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await place.down();
  };
  return siteOf(place, url, { ...rest, down });
}

/** It answers and gives no locks: as good as away, and named by its cause. */
export const withoutLocks = (cause: RegExp): Partial<Expected> => ({
  crashMs: BY_HEARTBEAT_MS,
  // A follower finds it out when it needs the lock, or looks.
  leaderDegraded: ['redis'],
  doctor: [cause],
});

/** All that a user of Redis needs, and `+select` for a database of another number. */
const ACL = ['~stagebell:*', '-@all', '+eval', '+evalsha', '+exists', '+get', '+set', '+del', '+pttl'];

export const REDISES: readonly Deployment[] = [
  {
    name: 'three Redis, one of them a replica',
    async up(ground) {
      const servers = await Promise.all([startRedis(), startRedis(), startRedis()]);
      return onRedis(ground, servers, {
        expected: {
          leaderDegraded: ['redis_server'],
          doctor: [/warn +redis.*READONLY.*the others of the 3 still decide/],
        },
        onReady: async () => servers[0]?.ask('REPLICAOF', '127.0.0.1', 1),
      });
    },
  },
  {
    name: 'two halves with different REDIS_URL',
    isAboutLeaders: true,
    async up(ground) {
      const servers = await Promise.all([startRedis(), startRedis()]);
      const [one, other] = servers.map(({ url }) => url) as [string, string];
      return onRedis(
        ground,
        servers,
        {
          instanceEnv: (instance): Record<string, string> => (instance === 'i2' ? { REDIS_URL: other } : {}),
          // Two are elected, and PostgreSQL alone decides.
          expected: {
            crashMs: BY_HEARTBEAT_MS,
            degraded: ['instances'],
            mayDegrade: ['election'],
            doctor: [/FAIL +instances.*REDIS_URL differs/],
          },
        },
        one,
      );
    },
  },
  {
    name: 'Redis with a user that may only lock',
    async up(ground) {
      const server = await startRedis();
      await server.ask('ACL', 'SETUSER', 'bell', 'on', '>secret', ...ACL);
      return onRedis(ground, [server], {}, `redis://bell:secret@127.0.0.1:${server.port}`);
    },
  },
  {
    name: 'Redis with a password of @ : / # and a database of its own',
    isLong: true,
    async up(ground) {
      const password = 'p@s:s/w#rd?%';
      const server = await startRedis('--requirepass', password);
      return onRedis(ground, [server], {}, `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}/7`);
    },
  },
  {
    name: 'Redis slow by a second',
    isLong: true,
    async up(ground) {
      const server = await startRedis();
      const link = await Link.to(server.port);
      link.delay(500);
      const url = `redis://127.0.0.1:${link.port}`;
      const site = await onRedis(ground, [server], { expected: withoutLocks(/FAIL +redis.*in time/) }, url);
      return { ...site, down: () => link.refuse().then(site.down) };
    },
  },
];
