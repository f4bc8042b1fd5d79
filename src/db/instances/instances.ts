import type { ReportedTrouble } from '../../base/health.ts';
import type { Queryable } from '../database.ts';
import { INSTANCES_CHANGED } from '../names.ts';
import { say } from '../say.ts';

/** What a process is, as it says in the table of instances. */
export interface Identity {
  /** One for each start of a process. */
  id: string;
  name: string;
  version: string;
  role: 'all' | 'web' | 'clock';
  leaseMs: number;
  /** Settings that must be the same on all instances, by variable; no secrets. */
  settings: Readonly<Record<string, string | number | null>>;
  host: string;
  pid: number;
}

/** What changes about an instance while it runs. */
export interface Condition {
  uptimeMs: number;
  /** null: no sample yet. */
  clockOffsetMs: number | null;
  troubles: readonly ReportedTrouble[];
}

export interface Instance extends Identity {
  clockOffsetMs: number | null;
  troubles: ReportedTrouble[];
  startedMs: number;
  seenMs: number;
  /** By the database's clock, milliseconds. */
  seenAgoMs: number;
  uptimeMs: number;
}

/** How often an instance writes its row when nothing changes. Rarely, because an idle service should be silent. */
export const WRITE_EVERY_MS = 300_000;
/** An instance that has not written for this long is gone. */
const GONE_AFTER_MS = 2.2 * WRITE_EVERY_MS;
/** Rows of crashed instances are kept for a while, to show what was wrong with them. */
const KEEP_MS = 3_600_000;

const COLUMNS = `id::text AS id, name, version, role, lease_ms::float8 AS "leaseMs", settings, host, pid::float8 AS pid,
  clock_offset_ms AS "clockOffsetMs", troubles, (extract(epoch FROM started_at) * 1000)::float8 AS "startedMs",
  (extract(epoch FROM seen_at) * 1000)::float8 AS "seenMs",
  (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "seenAgoMs",
  (extract(epoch FROM clock_timestamp() - started_at) * 1000)::float8 AS "uptimeMs"`;
const IS_LIVE = `seen_at > clock_timestamp() - interval '${GONE_AFTER_MS} ms'`;

// A process that starts replaces the row of its name, whose process has most likely crashed. If not, that one writes
// its row again.
const WRITE = {
  name: 'write_instance',
  text: `WITH hint AS MATERIALIZED (
    -- No bell rests on it: its commit waits for no standby.
    SELECT set_config('synchronous_commit', 'local', true)
  ), gone AS (
    DELETE FROM instance WHERE id IN (
      SELECT id FROM instance WHERE id <> $1::uuid
        AND (seen_at < clock_timestamp() - interval '${KEEP_MS} ms' OR $12 AND name = $2)
      FOR UPDATE SKIP LOCKED)
    RETURNING id
  ), written AS (
    INSERT INTO instance (id, name, version, role, lease_ms, settings, host, pid, clock_offset_ms, troubles, started_at, seen_at)
    SELECT $1::uuid, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10::jsonb,
      clock_timestamp() - make_interval(secs => $11::float8 / 1000), clock_timestamp() FROM hint
    ON CONFLICT (id) DO UPDATE SET clock_offset_ms = excluded.clock_offset_ms, troubles = excluded.troubles, seen_at = excluded.seen_at
  )
  SELECT ${COLUMNS} FROM instance WHERE id NOT IN (SELECT id FROM gone) AND (id = $1::uuid OR ${IS_LIVE}) ORDER BY name, id`,
};

/**
 * Writes this instance's row, and deletes rows of instances that are long gone.
 * @param isFirst its first row: the instance that had the name before is taken to be gone
 * @returns the others that live, and whether our row was there already
 */
export async function writeInstance(
  db: Queryable,
  { id, name, version, role, leaseMs, settings, host, pid }: Identity,
  { uptimeMs, clockOffsetMs, troubles }: Condition,
  isFirst: boolean,
): Promise<{ others: Instance[]; wasThere: boolean }> {
  const settled = JSON.stringify(settings);
  const said = JSON.stringify(troubles);
  const values = [id, name, version, role, leaseMs, settled, host, pid, clockOffsetMs, said, uptimeMs, isFirst];
  const rows = await db.query<Instance>(WRITE, values);
  const others = rows.filter((row) => row.id !== id);
  return { others, wasThere: others.length < rows.length };
}

const READ = { name: 'read_instances', text: `SELECT ${COLUMNS} FROM instance WHERE ${IS_LIVE} ORDER BY name, id` };

/** The live instances, and for some minutes those that crashed. */
export function readInstances(db: Queryable): Promise<Instance[]> {
  return db.query<Instance>(READ);
}

const REMOVE = { name: 'remove_instance', text: 'DELETE FROM instance WHERE id = $1::uuid' };

/** For an instance that stops in an orderly way. */
export async function removeInstance(db: Queryable, id: string): Promise<void> {
  await db.query(REMOVE, [id]);
}

/** Tells the other instances that the list has changed: they write their rows again and read it. */
export const tellInstances = (db: Queryable): Promise<void> => say(db, INSTANCES_CHANGED);
