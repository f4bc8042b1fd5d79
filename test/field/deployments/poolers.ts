import { type Deployment, type Expected, LEASE_MS, type Site } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';
import { startPgBouncer } from '../servers/pgbouncer.ts';

async function behind(ground: Ground, mode: 'session' | 'transaction', expected: Partial<Expected>): Promise<Site> {
  const cluster = await ground.cluster();
  const place = await Place.migrated({ cluster });
  const pooler = await startPgBouncer(mode, Number(new URL(cluster).port), place.owner);
  return {
    adminUrl: place.adminUrl,
    env: { DATABASE_URL: place.url(place.owner, pooler.port), REDIS_URL: await ground.redis() },
    expected,
    async down() {
      await pooler.stop();
      await place.down();
    },
  };
}

export const POOLERS: readonly Deployment[] = [
  { name: 'PgBouncer in session mode', isLong: true, up: (ground) => behind(ground, 'session', {}) },
  {
    name: 'PgBouncer in transaction mode',
    up: (ground) =>
      behind(ground, 'transaction', {
        // Nothing is heard: edits are read with each heartbeat, and a free lock is found when it is looked for.
        bellMs: LEASE_MS + 1000,
        causes: ['timer', 'sweep'],
        handOverMs: LEASE_MS + 1000,
        degraded: ['listen'],
        doctor: [/warn +listen/],
      }),
  },
];
