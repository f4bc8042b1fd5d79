import { type RedisServer, startRedis, startSentinel } from '../../support/redis.ts';
import type { Deployment } from '../deployment.ts';

import { onRedis, withoutLocks } from './redis.ts';

/** A Redis that answers and gives no locks, from the beginning or after the service has begun to lead. */
interface Refusing {
  name: string;
  isShort?: boolean;
  isAboutLeaders?: boolean;
  args?: readonly string[];
  /** @returns a server that is asked in its place */
  from?: (server: RedisServer) => Promise<RedisServer>;
  spoil?: (server: RedisServer) => Promise<unknown>;
  cause: RegExp;
}

const REFUSING: readonly Refusing[] = [
  {
    name: 'a replica',
    isShort: true,
    isAboutLeaders: true,
    spoil: (server) => server.ask('REPLICAOF', '127.0.0.1', 1),
    cause: /FAIL +redis.*READONLY/,
  },
  {
    name: 'out of memory',
    spoil: (server) => server.ask('CONFIG', 'SET', 'maxmemory', '1'),
    cause: /FAIL +redis.*OOM/,
  },
  {
    name: 'without scripts',
    spoil: (server) => server.ask('ACL', 'SETUSER', 'default', '-@scripting'),
    cause: /FAIL +redis.*NOPERM/,
  },
  {
    name: 'without its keys',
    spoil: (server) => server.ask('ACL', 'SETUSER', 'default', 'resetkeys', '~other:*'),
    cause: /FAIL +redis.*NOPERM/,
  },
  {
    name: 'without replicas that it wants',
    spoil: (server) => server.ask('CONFIG', 'SET', 'min-replicas-to-write', '1'),
    cause: /FAIL +redis.*NOREPLICAS/,
  },
  // In its first five seconds it says nothing at all.
  { name: 'busy with a script', spoil: async (server) => server.keepBusy(), cause: /FAIL +redis.*(BUSY|in time)/ },
  { name: 'a cluster node without slots', args: ['--cluster-enabled', 'yes'], cause: /FAIL +redis.*node of a cluster/ },
  { name: 'that asks for a password', args: ['--requirepass', 'other'], cause: /FAIL +redis.*NOAUTH/ },
  { name: 'a Sentinel', from: (server) => startSentinel(server), cause: /FAIL +redis.*Sentinel/ },
];

export const REFUSING_REDISES: readonly Deployment[] = REFUSING.map(
  ({ name, isShort = false, isAboutLeaders = false, args = [], from, spoil, cause }) => ({
    name: `Redis ${name}`,
    isLong: !isShort,
    isAboutLeaders,
    async up(ground) {
      const server = await startRedis(...args);
      const asked = (await from?.(server)) ?? server;
      const servers = asked === server ? [server] : [asked, server];
      const rest = { expected: withoutLocks(cause), onReady: async () => spoil?.(server) };
      return onRedis(ground, servers, rest, asked.url);
    },
  }),
);
