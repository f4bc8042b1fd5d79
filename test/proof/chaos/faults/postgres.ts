import { Strangers } from '../strangers.ts';
import { AT_ONCE_MS, databaseBackMs, shortMs, UNLOCKED_MS } from './bounds.ts';
import type { FaultContext, FaultKind, Injection } from './fault.ts';

const SERVER = 'postgres';

/** Own connections of three instances (docs/operations.md), and some for requests and for a deploy. */
const ROOM = [23, 27] as const;

/** What is done to the server, once nobody else does something to it. */
const toServer = (
  name: string,
  leases: FaultKind['leases'],
  inject: (context: FaultContext) => Promise<Omit<Injection, 'target'>>,
): FaultKind => ({
  name,
  leases,
  async inject(context) {
    if (!context.claims.take(SERVER)) return null;
    const injection = await inject(context);
    return {
      ...injection,
      target: SERVER,
      async heal() {
        await injection.heal();
        context.claims.release(SERVER);
      },
    };
  },
});

/** The disk of the tables; that of the write-ahead log is another one, as one should have it. */
const diskFull: FaultKind = {
  ...toServer('disk full', [1, 3], async ({ world }) => {
    world.disk?.fill();
    return { boundMs: databaseBackMs(world.leaseMs), mendsItself: false, heal: async () => world.disk?.free() };
  }),
  needs: { what: 'a file system of our own', isThere: ({ disk }) => disk !== null },
};

/** Everybody has to connect anew, and there is just enough for what the instances need themselves. */
const fewConnections = toServer('connections run out', [2, 6], async ({ world, random }) => {
  await world.admin.limitRole(random.integer(...ROOM));
  await world.admin.terminate('stagebell%');
  return { boundMs: shortMs(world.leaseMs), mendsItself: true, heal: () => world.admin.limitRole(null) };
});

/** Others of the same role have taken them all. Nobody else begins to wait for one meanwhile. */
const noConnections: FaultKind = {
  ...toServer('connections all taken', [0.5, 4], async ({ world }) => {
    await world.admin.limitRole(ROOM[1]);
    const strangers = new Strangers(world.url);
    await world.admin.terminate('stagebell%');
    await strangers.full;
    return {
      boundMs: databaseBackMs(world.leaseMs),
      mendsItself: false,
      async heal() {
        await strangers.leave();
        await world.admin.limitRole(null);
      },
    };
  }),
  isAlone: true,
};

export const postgresFaults: readonly FaultKind[] = [
  diskFull,
  fewConnections,
  noConnections,
  toServer('stages locked', [0.3, 3], async ({ world }) => {
    const unlock = await world.admin.lockStages();
    return { boundMs: UNLOCKED_MS, mendsItself: false, heal: unlock };
  }),
  toServer('postgres crashed', [0.2, 3], async ({ world }) => {
    await world.postgres.stop('immediate');
    return { boundMs: databaseBackMs(world.leaseMs), mendsItself: false, heal: () => world.postgres.start() };
  }),
  toServer('database read-only', [0.5, 3], async ({ world }) => {
    await world.admin.setReadOnly(true);
    return {
      boundMs: databaseBackMs(world.leaseMs),
      mendsItself: false,
      heal: () => world.admin.setReadOnly(false),
    };
  }),
  toServer('sessions terminated', [0.5, 0.5], async ({ world }) => {
    await world.admin.terminate('stagebell%');
    return { boundMs: AT_ONCE_MS, mendsItself: true, heal: async () => {} };
  }),
  toServer('lock session ended', [0.5, 0.5], async ({ world, isQuiet }) => {
    await world.admin.endLeaderLock();
    return { boundMs: AT_ONCE_MS, mendsItself: true, keepsTerm: isQuiet, heal: async () => {} };
  }),
  // As if it were dead, and it lives.
  toServer('leader sessions ended', [0.5, 0.5], async ({ world }) => {
    await world.admin.endLeaderLock({ andItsHeart: true });
    return { boundMs: AT_ONCE_MS, mendsItself: true, heal: async () => {} };
  }),
  toServer('listen terminated', [0.5, 0.5], async ({ world }) => {
    await world.admin.terminate('stagebell:listen');
    return { boundMs: AT_ONCE_MS, mendsItself: true, heal: async () => {} };
  }),
];
