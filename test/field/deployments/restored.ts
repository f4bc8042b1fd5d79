import { startServe } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { type Deployment, LEASE_MS } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';
import { runCommands } from '../servers/debian-postgres.ts';
import { blocksUnder } from './operations-page.ts';
import { siteOf } from './plain.ts';
import { COLUMNS } from './tables.ts';

const LIFE = `INSERT INTO assignment (title) VALUES ('lived');
  INSERT INTO stage (assignment_id, name, start_date, end_date)
    SELECT id, 'past', now() - interval '2 h', now() - interval '1 h' FROM assignment;
  INSERT INTO stage (assignment_id, name, start_date) SELECT id, 'future', now() + interval '1 day' FROM assignment`;

/** A database with a past: it was served, twice, and users have added columns. */
async function lived(cluster: string): Promise<Place> {
  const place = await Place.migrated({ cluster });
  await place.sql(COLUMNS);
  await place.sql(LIFE);
  for (let i = 0; i < 2; i++) {
    const process = await startServe({ DATABASE_URL: place.url() });
    await process.ready(40_000);
    await process.stop();
  }
  return place;
}

/** Each way of docs/operations.md, in its order, and what must be there before it. */
const WAYS: readonly { name: string; prepare?: (source: Place, name: string) => Promise<void> }[] = [
  { name: 'a dump in the custom format' },
  { name: 'a plain dump' },
  {
    name: 'a dump of data alone',
    async prepare(source, name) {
      await source.sql(`CREATE DATABASE ${name} OWNER ${source.owner}`);
      const place = await source.twin(async () => {});
      await place.migrate();
      await place.sql(COLUMNS);
    },
  },
];

async function restored(source: Place, way: number, ground: Ground): Promise<Place> {
  const commands = blocksUnder('Backup and restore', 'sh')[way];
  if (commands === undefined) throw new Error('docs/operations.md has fewer ways of restoring than the test');
  const folder = temporaryFolder('dump');
  const { hostname, port } = new URL(await ground.debian());
  try {
    return await source.twin(async (name) => {
      await WAYS[way]?.prepare?.(source, name);
      const ours = commands.replaceAll('stagebell_restored', name).replaceAll('-O stagebell', `-O ${source.owner}`);
      const env = { PGHOST: hostname, PGPORT: port, PGUSER: 'postgres', DATABASE_URL: source.url() };
      runCommands(ours, folder.path, env);
    });
  } finally {
    folder.remove();
  }
}

const dumped: Deployment[] = WAYS.map(({ name }, way) => ({
  name: `restored from ${name}`,
  isLong: way > 0,
  async up(ground) {
    const source = await lived(await ground.debian());
    const place = await restored(source, way, ground);
    return siteOf(place, await ground.redis(), { down: () => place.down().then(() => source.down()) });
  },
}));

/** Both have the same name, and with it the same lock, and the original holds it. */
const copy: Deployment = {
  name: 'a copy beside its original, with the same Redis',
  isLong: true,
  async up(ground) {
    const source = await Place.migrated({ cluster: await ground.cluster() });
    const place = await source.twin((name) =>
      source.asAdmin(`CREATE DATABASE ${name} TEMPLATE ${source.name} OWNER ${source.owner}`),
    );
    const redisUrl = await ground.redis();
    const env = { DATABASE_URL: source.url(), REDIS_URL: redisUrl, LEADER_LEASE_MS: String(LEASE_MS) };
    const original = await startServe(env);
    await original.ready(40_000);
    return siteOf(place, redisUrl, {
      expected: { leaderDegraded: ['election'], handOverMs: 5 * LEASE_MS, crashMs: 5 * LEASE_MS },
      async down() {
        await original.stop();
        await place.down();
        await source.down();
      },
    });
  },
};

export const RESTORED: readonly Deployment[] = [...dumped, copy];
