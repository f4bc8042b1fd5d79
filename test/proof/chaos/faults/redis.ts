import type { RedisServer } from '../../../support/redis.ts';
import { AT_ONCE_MS, takeOverMs, withoutRedisMs } from './bounds.ts';
import type { FaultKind } from './fault.ts';
import { killed, startAgain } from './processes.ts';

const nameOf = (i: number): string => `redis${i + 1}`;

/** One of the three is gone, and a quorum is left. */
const one = (
  name: string,
  harm: (server: RedisServer) => unknown,
  mend: (server: RedisServer) => unknown,
): FaultKind => ({
  name,
  leases: [1, 4],
  async inject({ world, claims, random }) {
    const i = random.integer(0, world.redis.length - 1);
    const server = world.redis[i];
    if (server === undefined || !claims.take(nameOf(i))) return null;
    await harm(server);
    return {
      target: nameOf(i),
      boundMs: AT_ONCE_MS,
      mendsItself: true,
      async heal() {
        await mend(server);
        claims.release(nameOf(i));
      },
    };
  },
});

/** Every server at once, in one moment that is over when it has happened. */
const forget = (name: string, work: (server: RedisServer) => Promise<void>): FaultKind => ({
  name,
  leases: [1, 1],
  async inject({ world, claims }) {
    const names = world.redis.map((_, i) => nameOf(i));
    if (!claims.take(...names)) return null;
    await Promise.all(world.redis.map(work));
    return { target: 'redis', boundMs: AT_ONCE_MS, mendsItself: true, heal: async () => claims.release(...names) };
  },
});

const partition: FaultKind = {
  name: 'redis partitioned',
  leases: [1, 4],
  async inject({ world, claims, random }) {
    const i = random.integer(0, world.redis.length - 1);
    if (!claims.take(nameOf(i))) return null;
    const links = world.instances.flatMap(({ wiring }) => wiring.redis[i] ?? []);
    for (const link of links) link.silence('both');
    return {
      target: nameOf(i),
      boundMs: AT_ONCE_MS,
      mendsItself: true,
      async heal() {
        for (const link of links) link.speak();
        claims.release(nameOf(i));
      },
    };
  },
};

/** All three are gone. Whoever leads goes on; if nobody does, somebody takes over by PostgreSQL alone. */
const allDown = (name: string, isLeaderKilled: boolean, isAlone: boolean): FaultKind => ({
  name,
  isAlone,
  leases: isLeaderKilled ? [4.5, 6] : [2, 5],
  async inject(context) {
    const { world, claims, random } = context;
    const names = world.redis.map((_, i) => nameOf(i));
    if (!claims.take(...names)) return null;
    const instance = isLeaderKilled ? await claims.leader(random) : null;
    await Promise.all(world.redis.map((server) => server.stop()));
    await instance?.kill();
    return {
      target: instance === null ? 'redis' : `redis, ${instance.name}`,
      // PostgreSQL knows better than Redis who is dead.
      ...(isLeaderKilled
        ? killed(context, withoutRedisMs(world.leaseMs))
        : { boundMs: isAlone ? AT_ONCE_MS : withoutRedisMs(world.leaseMs) }),
      // With another fault meanwhile there may be a leader to be replaced, and no lock to be had.
      mendsItself: isAlone,
      async heal() {
        await Promise.all(world.redis.map((server) => server.start()));
        const nowMs = Date.now();
        // The lock is free for anybody: another one may win it.
        const boundMs = takeOverMs(world.leaseMs);
        context.note({ kind: 'redis back', target: 'redis', startedMs: nowMs, healedMs: nowMs, boundMs });
        claims.release(...names);
        if (instance === null) return;
        await startAgain(instance, context);
        claims.release(instance.name);
      },
    };
  },
});

/** It answers what is read and gives no locks: in one of the ways in which that happens. */
const REFUSALS: readonly (readonly [refuse: readonly string[], allow: readonly string[]])[] = [
  [
    ['REPLICAOF', '127.0.0.1', '1'],
    ['REPLICAOF', 'NO', 'ONE'],
  ],
  [
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['CONFIG', 'SET', 'maxmemory', '0'],
  ],
  [
    ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
    ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  ],
  [
    ['ACL', 'SETUSER', 'default', '-@scripting'],
    ['ACL', 'SETUSER', 'default', '+@scripting'],
  ],
];

const tell = (server: RedisServer, [command = '', ...parameters]: readonly string[]) =>
  server.ask(command, ...parameters);

/** All three refuse. As if they were away: whoever leads goes on; if it goes, PostgreSQL decides. */
const allRefuse = (name: string, loss: 'kill' | 'stop' | null): FaultKind => ({
  name,
  isAlone: true,
  leases: loss === null ? [2, 5] : [4.5, 6],
  async inject(context) {
    const { world, claims, random } = context;
    const names = world.redis.map((_, i) => nameOf(i));
    if (!claims.take(...names)) return null;
    const instance = loss === null ? null : await claims.leader(random);
    const [refuse, allow] = random.pick(REFUSALS);
    await Promise.all(world.redis.map((server) => tell(server, refuse)));
    if (instance !== null && loss !== null) await instance[loss]();
    return {
      target: instance === null ? `redis (${refuse.join(' ')})` : `redis (${refuse.join(' ')}), ${instance.name}`,
      ...(loss === 'kill'
        ? killed(context, withoutRedisMs(world.leaseMs))
        : { boundMs: loss === null ? AT_ONCE_MS : withoutRedisMs(world.leaseMs) }),
      mendsItself: true,
      async heal() {
        await Promise.all(world.redis.map((server) => tell(server, allow)));
        claims.release(...names);
        if (instance === null) return;
        await startAgain(instance, context);
        claims.release(instance.name);
      },
    };
  },
});

/** A change of REDIS_URL that has reached one instance only. */
const halves: FaultKind = {
  name: 'redis differs',
  leases: [3, 8],
  async inject(context) {
    const { world, claims, random } = context;
    const instance = random.chance(0.5) ? await claims.leader(random) : await claims.follower(random);
    if (instance === null) return null;
    const { process } = instance;
    await startAgain(instance, context, instance.wiring.otherRedis);
    await instance.stop(process);
    return {
      target: instance.name,
      boundMs: takeOverMs(world.leaseMs),
      mendsItself: true,
      async heal() {
        const other = instance.process;
        await startAgain(instance, context);
        await instance.stop(other);
        claims.release(instance.name);
      },
    };
  },
};

export const redisFaults: readonly FaultKind[] = [
  one(
    'redis killed',
    (server) => server.stop(),
    (server) => server.start(),
  ),
  one(
    'redis paused',
    (server) => server.pause(),
    (server) => server.resume(),
  ),
  one(
    'redis flushed',
    (server) => server.flush(),
    () => {},
  ),
  forget('redis all flushed', (server) => server.flush()),
  forget('redis scripts flushed', (server) => server.forgetScripts()),
  partition,
  one(
    'redis refuses writes',
    (server) => tell(server, ['REPLICAOF', '127.0.0.1', '1']),
    (server) => tell(server, ['REPLICAOF', 'NO', 'ONE']),
  ),
  allRefuse('redis all refuse', null),
  allRefuse('redis all refuse + leader stopped', 'stop'),
  allRefuse('redis all refuse + leader killed', 'kill'),
  halves,
  allDown('redis all down', false, true),
  allDown('redis all down + leader killed', true, true),
  allDown('redis all down and more', false, false),
];
