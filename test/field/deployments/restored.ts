import { startServe } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import type { Deployment } from '../deployment.ts';
import type { Ground } from '../ground.ts';
import { Place } from '../place.ts';
import { runTool } from '../servers/debian-postgres.ts';
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

type Restore = (source: Place, ground: Ground, cluster: string) => Promise<Place>;

const fresh = (cluster: string): Promise<Place> => Place.make({ cluster });

const RESTORES: Readonly<Record<string, Restore>> = {
  'a plain dump': async (source, _ground, cluster) => {
    const dump = runTool('pg_dump', ['--no-owner', source.adminUrl]);
    const place = await fresh(cluster);
    runTool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', place.url()], dump);
    return place;
  },
  'a dump in the custom format': async (source, _ground, cluster) => {
    const folder = temporaryFolder('dump');
    const file = `${folder.path}/stagebell.dump`;
    runTool('pg_dump', ['-Fc', '--no-owner', '-f', file, source.adminUrl]);
    const place = await fresh(cluster);
    runTool('pg_restore', ['--no-owner', '--exit-on-error', '-d', place.url(), file]);
    folder.remove();
    return place;
  },
  'a dump of data alone': async (source, _ground, cluster) => {
    const tables = ['assignment', 'stage', 'transition', 'term'].flatMap((name) => ['-t', name]);
    const dump = runTool('pg_dump', ['--data-only', '--disable-triggers', ...tables, source.adminUrl]);
    const place = await Place.migrated({ cluster });
    await place.sql(COLUMNS);
    runTool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', place.adminUrl], dump);
    return place;
  },
};

export const RESTORED: readonly Deployment[] = Object.entries(RESTORES).map(([name, restore]) => ({
  name: `restored from ${name}`,
  async up(ground) {
    const cluster = await ground.debian();
    const source = await lived(cluster);
    try {
      const place = await restore(source, ground, cluster);
      return siteOf(place, await ground.redis());
    } finally {
      await source.down();
    }
  },
}));
