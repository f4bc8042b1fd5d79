import { hasPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { type Deployment, type Expected, LEASE_MS, Missing, type Site } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';

async function behind(ground: Ground, mode: 'session' | 'transaction', expected: Partial<Expected>): Promise<Site> {
  if (!hasPgBouncer) throw new Missing('pgbouncer is not installed');
  const place = await Place.migrated({ cluster: await ground.cluster() });
  const pooler = await startPgBouncer(mode, place.url());
  return {
    adminUrl: place.adminUrl,
    env: { DATABASE_URL: pooler.url, REDIS_URL: await ground.redis() },
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
