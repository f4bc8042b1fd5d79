import type { Deployment } from '../deployment.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { VERSIONS } from './plain.ts';
import { POOLERS } from './poolers.ts';
import { REDISES } from './redis.ts';
import { RESTORED } from './restored.ts';
import { ROLES } from './roles.ts';
import { SCHEMAS } from './schemas.ts';
import { WITH_SETTINGS } from './settings.ts';
import { TABLES } from './tables.ts';

export const DEPLOYMENTS: readonly Deployment[] = [
  ...VERSIONS,
  ...POOLERS,
  ...ROLES,
  ...WITH_SETTINGS,
  ...SCHEMAS,
  ...REDISES,
  ...TABLES,
  ...NEIGHBOURS,
  ...RESTORED,
];

/** Not known to hold: found to fail, or not tried since it was mended. The long form shows them, the short form has them once they hold. */
const FAILING: ReadonlySet<string> = new Set([
  'role with time-outs',
  'role with all of these at once',
  'role that may only read by default',
  `a schema named a.b "Quoted" it's`,
  'a schema of the role’s name, made after the tables',
  'tables with columns of json, point, xml, and a generated one',
  'tables with a trigger that raises for one row',
  'tables with row-level security that holds for the service',
  'a reader that holds an old snapshot',
  'a queue of notifications that is full',
  ...RESTORED.map(({ name }) => name),
  'three Redis, one of them a replica',
  'Redis out of memory',
  'Redis without scripts',
  'Redis a cluster node without slots',
  'Redis that asks for a password',
]);

/** Those of the short form. */
export const SHORT: readonly Deployment[] = DEPLOYMENTS.filter(({ isLong, name }) => !isLong && !FAILING.has(name));
