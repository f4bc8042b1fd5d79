import type { Deployment } from '../deployment.ts';
import { LOGGED_IN } from './logins.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { VERSIONS } from './plain.ts';
import { POOLERS } from './poolers.ts';
import { REDISES } from './redis.ts';
import { REFUSING_REDISES } from './redis-refusing.ts';
import { REDISES_OVER_TLS } from './redis-tls.ts';
import { REFUSALS } from './refusals.ts';
import { RESTORED } from './restored.ts';
import { ROLES } from './roles.ts';
import { SCHEMAS } from './schemas.ts';
import { WITH_SETTINGS } from './settings.ts';
import { TABLES } from './tables.ts';

export const DEPLOYMENTS: readonly Deployment[] = [
  ...VERSIONS,
  ...LOGGED_IN,
  ...POOLERS,
  ...ROLES,
  ...WITH_SETTINGS,
  ...SCHEMAS,
  ...TABLES,
  ...NEIGHBOURS,
  ...RESTORED,
  ...REDISES,
  ...REFUSING_REDISES,
  ...REDISES_OVER_TLS,
  ...REFUSALS,
];

/** One of each kind: `npm test` has no time for all. */
export const SHORT: readonly Deployment[] = DEPLOYMENTS.filter(({ isLong }) => !isLong);
