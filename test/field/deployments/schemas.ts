import type { Deployment } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** The first of them is in the short form. */
const NAMES = [
  `It's a "Quoted" one`,
  "q'uote",
  'Upper',
  'with space',
  `${'long_'.repeat(12)}en`,
  'ünïcode',
  'back\\slash',
];

const named: Deployment[] = NAMES.map((schema, i) => ({
  name: `a schema named ${schema}`,
  isLong: i > 0,
  async up(ground) {
    const place = await Place.migrated({ cluster: await ground.cluster(), schema });
    return siteOf(place, await ground.redis(), { writerUrl: place.url() });
  },
}));

export const SCHEMAS: readonly Deployment[] = [
  ...named,
  {
    name: 'a search_path that begins elsewhere',
    isLong: true,
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      await place.sql('CREATE SCHEMA other');
      await place.sql(`GRANT USAGE ON SCHEMA other TO ${place.owner}`);
      await place.configure({ search_path: 'other, public' });
      return siteOf(place, await ground.redis(), { writerUrl: place.url() });
    },
  },
  {
    name: 'a schema of the role’s name, made after the tables',
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      await place.sql(`CREATE SCHEMA ${place.owner} AUTHORIZATION ${place.owner}`);
      return siteOf(place, await ground.redis(), { writerUrl: place.url() });
    },
  },
];
