import { AT_ONCE_MS, databaseBackMs } from './bounds.ts';
import type { FaultContext, FaultKind, Injection } from './fault.ts';

const SERVER = 'postgres';
const SNAPSHOT = 'snapshot';

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

/** Beside whatever else happens to the server: bells are on time while it lasts. */
const oldSnapshot: FaultKind = {
  name: 'old snapshot',
  leases: [2, 8],
  async inject({ world, claims }) {
    if (!claims.take(SNAPSHOT)) return null;
    // The server may be down just now.
    const letGo = await world.admin.holdSnapshot().catch(() => null);
    if (letGo === null) {
      claims.release(SNAPSHOT);
      return null;
    }
    return {
      target: SNAPSHOT,
      boundMs: AT_ONCE_MS,
      mendsItself: true,
      async heal() {
        await letGo();
        claims.release(SNAPSHOT);
      },
    };
  },
};

export const postgresFaults: readonly FaultKind[] = [
  diskFull,
  oldSnapshot,
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
  toServer('listen terminated', [0.5, 0.5], async ({ world }) => {
    await world.admin.terminate('stagebell:listen');
    return { boundMs: AT_ONCE_MS, mendsItself: true, heal: async () => {} };
  }),
];
