import { SchemaError } from '../../base/errors.ts';
import { hasState } from '../../base/sqlstate.ts';
import type { Database, Queryable } from '../database.ts';
import { MIGRATIONS_TABLE } from '../names.ts';
import { careful, inTries } from './careful-migration.ts';
import { checkGround } from './migration-ground.ts';

/** The migrations of this code, oldest first. */
export const MIGRATIONS = [
  '0001-initial',
  '0002-side-by-side',
  '0003-any-deployment',
  '0004-instances',
  '0005-stuck',
  '0006-succession',
  '0007-changes',
  '0008-webhooks',
  '0009-alerts',
  '0010-keys',
  '0011-calendar',
] as const;

export type SchemaState =
  | { kind: 'current' }
  | { kind: 'behind'; missing: string[] }
  | { kind: 'newer'; unknown: string[] };

const READ_APPLIED = { name: 'read_migrations', text: `SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id` };

/** Compares the database with this code, without changing either. */
export async function readSchemaState(db: Queryable): Promise<SchemaState> {
  let applied: string[];
  try {
    applied = (await db.query<{ name: string }>(READ_APPLIED)).map((row) => row.name);
  } catch (error) {
    if (!hasState(error, 'noTable')) throw error; // never migrated
    applied = [];
  }
  const unknown = applied.filter((name) => !MIGRATIONS.some((known) => known === name));
  if (unknown.length > 0) return { kind: 'newer', unknown };
  const missing = MIGRATIONS.filter((name) => !applied.includes(name));
  return missing.length > 0 ? { kind: 'behind', missing } : { kind: 'current' };
}

/** @throws SchemaError when the database is newer than this code */
export function refuseNewer(state: SchemaState): void {
  if (state.kind !== 'newer') return;
  throw new SchemaError(
    `The database is newer than this code: it has migrations that are unknown here (${state.unknown.join(', ')}). Deploy the release that made them, or restore a backup from before.`,
  );
}

/**
 * Brings the schema up to this code; returns the names of what it applied. Two processes may do it at once: the second
 * waits for the first and finds nothing left to do.
 * @param signal ends the waiting; a migration that has begun is finished
 */
export async function migrate(database: Database, db: Queryable, signal?: AbortSignal): Promise<string[]> {
  const before = await readSchemaState(db);
  refuseNewer(before);
  if (before.kind === 'current') return [];
  return database.withMigrationLock(async (orm) => {
    const state = await readSchemaState(db);
    refuseNewer(state);
    if (state.kind !== 'behind') return [];
    // Loaded only here, so that a start on a current schema need not load them.
    const [
      { Migrator },
      { Initial },
      { SideBySide },
      { AnyDeployment },
      { Instances },
      { Stuck },
      { Succession },
      { Changes },
      { Webhooks },
      { Alerts },
      { Keys },
      { Calendar },
    ] = await Promise.all([
      import('@mikro-orm/migrations'),
      import('../migrations/0001-initial.ts'),
      import('../migrations/0002-side-by-side.ts'),
      import('../migrations/0003-any-deployment.ts'),
      import('../migrations/0004-instances.ts'),
      import('../migrations/0005-stuck.ts'),
      import('../migrations/0006-succession.ts'),
      import('../migrations/0007-changes.ts'),
      import('../migrations/0008-webhooks.ts'),
      import('../migrations/0009-alerts.ts'),
      import('../migrations/0010-keys.ts'),
      import('../migrations/0011-calendar.ts'),
    ]);
    const schema = await checkGround(db, isFirst(state));
    let current = state.missing[0] ?? '';
    orm.config.set('migrations', {
      ...orm.config.get('migrations'),
      tableName: MIGRATIONS_TABLE,
      migrationsList: careful(
        [
          { name: MIGRATIONS[0], class: Initial },
          { name: MIGRATIONS[1], class: SideBySide },
          { name: MIGRATIONS[2], class: AnyDeployment },
          { name: MIGRATIONS[3], class: Instances },
          { name: MIGRATIONS[4], class: Stuck },
          { name: MIGRATIONS[5], class: Succession },
          { name: MIGRATIONS[6], class: Changes },
          { name: MIGRATIONS[7], class: Webhooks },
          { name: MIGRATIONS[8], class: Alerts },
          { name: MIGRATIONS[9], class: Keys },
          { name: MIGRATIONS[10], class: Calendar },
        ],
        (name) => {
          current = name;
        },
      ),
      snapshot: false,
      allOrNothing: true,
      silent: true,
    });
    // With the name of the schema, because MikroORM would accept a table of that name in any schema.
    const up = () => new Migrator(orm.em.fork() as never).up({ schema });
    const done = await inTries(up, () => current);
    return done.map((migration) => migration.name);
  }, signal);
}

/** None of our tables exists yet. */
export const isFirst = (state: SchemaState): boolean =>
  state.kind === 'behind' && state.missing.length === MIGRATIONS.length;
