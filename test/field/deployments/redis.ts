import { Link } from '../../chaos/links/link.ts';
import { BY_HEARTBEAT_MS, type Deployment, type Expected, type Site } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { siteOf } from './plain.ts';

/** A site on Redis servers of its own. @param onReady what befalls them once the service leads */
async function on(
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
const withoutLocks = (cause: RegExp): Partial<Expected> => ({
  crashMs: BY_HEARTBEAT_MS,
  // A follower finds it out when it needs the lock, or looks.
  leaderDegraded: ['redis'],
  doctor: [cause],
});

/** Servers that give no locks, from the beginning or after the service has begun to lead. */
const REFUSING: readonly {
  name: string;
  args?: readonly string[];
  spoil?: (server: RedisServer) => Promise<void>;
  cause: RegExp;
}[] = [
  {
    name: 'a replica',
    spoil: (server) => server.tell('REPLICAOF', '127.0.0.1', 1),
    cause: /FAIL +redis.*(replica|READONLY)/i,
  },
  {
    name: 'out of memory',
    spoil: (server) => server.tell('CONFIG', 'SET', 'maxmemory', '1'),
    cause: /FAIL +redis.*(memory|OOM)/i,
  },
  {
    name: 'without scripts',
    spoil: (server) => server.tell('ACL', 'SETUSER', 'default', '-@scripting'),
    cause: /FAIL +redis.*(ACL|NOPERM|permission)/i,
  },
  {
    name: 'without its keys',
    spoil: (server) => server.tell('ACL', 'SETUSER', 'default', 'resetkeys', '~other:*'),
    cause: /FAIL +redis.*(ACL|NOPERM|permission)/i,
  },
  { name: 'busy with a script', spoil: async (server) => server.keepBusy(), cause: /FAIL +redis/ },
  { name: 'a cluster node without slots', args: ['--cluster-enabled', 'yes'], cause: /FAIL +redis.*cluster/i },
  {
    name: 'that asks for a password',
    args: ['--requirepass', 'other'],
    cause: /FAIL +redis.*(password|NOAUTH|auth)/i,
  },
];

const refusing: Deployment[] = REFUSING.map(({ name, args = [], spoil, cause }) => ({
  name: `Redis ${name}`,
  isAboutLeaders: name === 'a replica',
  async up(ground) {
    const server = await RedisServer.start(args);
    return on(ground, [server], { expected: withoutLocks(cause), onReady: async () => spoil?.(server) });
  },
}));

export const REDISES: readonly Deployment[] = [
  {
    name: 'three Redis, one of them a replica',
    isAboutLeaders: true,
    async up(ground) {
      const servers = await Promise.all([RedisServer.start(), RedisServer.start(), RedisServer.start()]);
      return on(ground, servers, {
        expected: { degraded: ['redis_server'], doctor: [/FAIL +redis.*(replica|READONLY)/i] },
        onReady: async () => servers[0]?.tell('REPLICAOF', '127.0.0.1', 1),
      });
    },
  },
  {
    name: 'Redis with a user that may only lock',
    async up(ground) {
      const server = await RedisServer.start();
      await server.tell('ACL', 'SETUSER', 'bell', 'on', '>secret', ...ACL);
      return on(ground, [server], {}, `redis://bell:secret@127.0.0.1:${server.port}`);
    },
  },
  {
    name: 'Redis with a password of @ : / # and a database of its own',
    async up(ground) {
      const password = 'p@s:s/w#rd%';
      const server = await RedisServer.start(['--requirepass', password]);
      return on(ground, [server], {}, `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}/7`);
    },
  },
  {
    name: 'Redis slow by a second',
    async up(ground) {
      const server = await RedisServer.start();
      const link = await Link.to(server.port);
      link.delay(500);
      const site = await on(
        ground,
        [server],
        { expected: withoutLocks(/FAIL +redis/) },
        `redis://127.0.0.1:${link.port}`,
      );
      return { ...site, down: () => link.refuse().then(site.down) };
    },
  },
  ...refusing,
];

/** All that a user of Redis needs, and `+select` for a database of another number. */
const ACL = ['~stagebell:*', '-@all', '+eval', '+evalsha', '+exists', '+get', '+set', '+del', '+pttl'];
