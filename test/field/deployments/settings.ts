import type { Deployment } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

interface Setting {
  name: string;
  settings: Readonly<Record<string, string>>;
  /** A writer with these could not write, whatever we do. */
  isNotForWriters?: boolean;
}

/** What roles and databases of others are set to. */
const SETTINGS: readonly Setting[] = [
  { name: 'serializable', settings: { default_transaction_isolation: 'serializable' } },
  { name: 'repeatable read', settings: { default_transaction_isolation: "'repeatable read'" } },
  {
    name: 'time-outs',
    settings: {
      lock_timeout: '1',
      statement_timeout: '50',
      idle_session_timeout: '200',
      idle_in_transaction_session_timeout: '1',
      transaction_timeout: '500',
    },
    isNotForWriters: true,
  },
  { name: 'row_security off', settings: { row_security: 'off' } },
  {
    name: 'odd formats',
    settings: {
      DateStyle: "'SQL, DMY'",
      IntervalStyle: 'sql_standard',
      TimeZone: "'America/St_Johns'",
      bytea_output: 'escape',
      standard_conforming_strings: 'off',
    },
  },
  { name: 'rounded numbers', settings: { extra_float_digits: '-15' } },
  {
    name: 'planner and messages',
    settings: {
      jit: 'on',
      jit_above_cost: '0',
      plan_cache_mode: 'force_custom_plan',
      enable_indexscan: 'off',
      client_min_messages: 'error',
    },
  },
  { name: 'asynchronous commit', settings: { synchronous_commit: 'off' } },
];

/** The short form has those that writers share, and one role that has them all. */
const SHORT: ReadonlySet<string> = new Set(['serializable', 'all of these at once']);
const ALL: Setting = {
  name: 'all of these at once',
  settings: Object.assign({}, ...SETTINGS.map(({ settings }) => settings)),
  isNotForWriters: true,
};

export const WITH_SETTINGS: readonly Deployment[] = [...SETTINGS, ALL].map(({ name, settings, isNotForWriters }) => ({
  name: `role with ${name}`,
  isLong: !SHORT.has(name),
  async up(ground) {
    const place = await Place.migrated({ cluster: await ground.cluster() });
    await place.configure(settings);
    return siteOf(place, await ground.redis(), isNotForWriters ? {} : { writerUrl: place.url() });
  },
}));
