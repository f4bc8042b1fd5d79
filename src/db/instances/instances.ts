import type { ReportedTrouble } from '../../base/health.ts';
import type { Queryable } from '../database.ts';
import { INSTANCES_CHANGED } from '../names.ts';
import { say } from '../say.ts';

/** What a process is, and says of itself in the table of instances. */
export interface Identity {
  /** One for each start of a process. */
  id: string;
  name: string;
  version: string;
  role: 'all' | 'web' | 'clock';
  leaseMs: number;
  /** What must be alike on all instances, by the name of its variable; no secrets. */
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

/** How often an instance writes its row when nothing changes: idle is to stay silent. */
export const WRITE_EVERY_MS = 300_000;
/** Who has not written for this long is not there any more. */
const GONE_AFTER_MS = 2.2 * WRITE_EVERY_MS;
/** The rows of those that crashed are kept for a while, for whoever asks what ailed them. */
const KEEP_MS = 3_600_000;

const COLUMNS = `id::text AS id, name, version, role, lease_ms::float8 AS "leaseMs", settings, host, pid::float8 AS pid,
  clock_offset_ms AS "clockOffsetMs", troubles, (extract(epoch FROM started_at) * 1000)::float8 AS "startedMs",
  (extract(epoch FROM seen_at) * 1000)::float8 AS "seenMs",
  (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "seenAgoMs",
  (extract(epoch FROM clock_timestamp() - started_at) * 1000)::float8 AS "uptimeMs"`;
const IS_LIVE = `seen_at > clock_timestamp() - interval '${GONE_AFTER_MS} ms'`;

// A process that starts replaces the one of its name: it crashed, most likely. If not, it writes itself anew.
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
 * Writes this instance's row, and drops those of the long gone.
 * @param isFirst its first row: whoever had the name before is taken for gone
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

/** The instances that live; one that crashed is among them for some minutes. */
export function readInstances(db: Queryable): Promise<Instance[]> {
  return db.query<Instance>(READ);
}

const REMOVE = { name: 'remove_instance', text: 'DELETE FROM instance WHERE id = $1::uuid' };

/** For an instance that stops in order. */
export async function removeInstance(db: Queryable, id: string): Promise<void> {
  await db.query(REMOVE, [id]);
}

/** Says to the other instances: the list has changed, so write yourselves anew and look at it. */
export const tellInstances = (db: Queryable): Promise<void> => say(db, INSTANCES_CHANGED);
