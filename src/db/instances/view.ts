import type { ReportedTrouble, Trouble } from '../../base/health.ts';
import { hasState } from '../../base/sqlstate.ts';
import { blockerInWords, cureOf, readLockers } from '../blockers.ts';
import type { Queryable } from '../database.ts';
import { isOfTime } from '../leading/stuck.ts';
import { type Instance, readInstances } from './instances.ts';

/** An instance as `/v1/scheduler`, `status --json` and `doctor --json` show it. */
export interface InstanceView {
  name: string;
  version: string;
  role: 'leader' | 'follower' | 'none';
  host: string;
  pid: number;
  lease_ms: number;
  settings: Instance['settings'];
  clock: { offset_ms: number | null };
  started_at: string;
  /** Rows are written when something changes, and every five minutes besides. */
  last_seen_at: string;
  troubles: ReportedTrouble[];
}

/** @param leader the leader's name */
export function viewOf(instance: Instance, leader: string | null): InstanceView {
  const { name, version, role, host, pid, leaseMs, settings, clockOffsetMs, startedMs, seenMs, troubles } = instance;
  return {
    name,
    version,
    role: role === 'web' ? 'none' : name === leader ? 'leader' : 'follower',
    host,
    pid,
    lease_ms: leaseMs,
    settings,
    clock: { offset_ms: clockOffsetMs === null ? null : Math.round(clockOffsetMs * 10) / 10 },
    started_at: new Date(startedMs).toISOString(),
    last_seen_at: new Date(seenMs).toISOString(),
    troubles,
  };
}

/**
 * null if they cannot be read: no rights, no table, or a lock on it, which is not waited for. The caller has more to show
 * than these.
 */
export async function readInstanceViews(db: Queryable, leader: string | null): Promise<InstanceView[] | null> {
  try {
    if ((await readLockers(db, 'instance')).length > 0) return null;
    return (await readInstances(db)).map((instance) => viewOf(instance, leader));
  } catch (error) {
    if (hasState(error, 'forbidden', 'noTable') || isOfTime(error)) return null;
    throw error;
  }
}

/** Who keeps the table of instances from everybody else; null: nobody. */
export async function readLockOnInstances(db: Queryable): Promise<Trouble | null> {
  const lockers = await readLockers(db, 'instance');
  if (lockers.length === 0) return null;
  return {
    cause: 'somebody holds a lock on the table of instances: it is neither written nor read',
    cure: `end that transaction, or the session: ${cureOf(lockers)}`,
    detail: lockers.map(blockerInWords).join('; '),
  };
}
