import { LeadershipLostError } from '../../base/errors.ts';
import { hasState } from '../../base/sqlstate.ts';
import type { Queryable } from '../database.ts';
import { STALE_LEASES } from './term.ts';

/** The one row of the table `leadership`. */
export interface LeadershipRow {
  epoch: number;
  /** null: vacant. */
  instance: string | null;
  since: Date | null;
  /** Age of the leader's heartbeat by the database's clock, milliseconds; null when vacant. */
  heartbeatAgeMs: number | null;
  leaseMs: number;
  /** Names the lock in Redis, which other deployments may share. */
  deployment: string;
  /** How full the server's notification queue is, 0 to 1. When it is full, nothing is announced. */
  queueUsage: number;
  /** The leader holds the lock that tells of its death (Database.openLeaderLock). */
  isLocked: boolean;
}

/** Who leads as far as PostgreSQL can tell: a crashed leader stays in the row until it is succeeded. */
export function livingLeader({ instance, heartbeatAgeMs, leaseMs }: LeadershipRow): string | null {
  return heartbeatAgeMs !== null && heartbeatAgeMs <= STALE_LEASES * leaseMs ? instance : null;
}

const READ = {
  name: 'read_leadership',
  text: `SELECT epoch::float8 AS epoch, instance, (extract(epoch FROM since) * 1000)::float8 AS since,
    (extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::float8 AS age, lease_ms::float8 AS lease, deployment::text AS deployment,
    notify_queue_usage() AS queue, instance IS NOT NULL AND alive_epoch IS NOT DISTINCT FROM epoch AS locked FROM leadership`,
};

export async function readLeadership(db: Queryable): Promise<LeadershipRow> {
  const [row] = await db.query<{
    epoch: number;
    instance: string | null;
    since: number | null;
    age: number | null;
    lease: number;
    deployment: string;
    queue: number;
    locked: boolean;
  }>(READ);
  if (row === undefined) throw new LeadershipLostError();
  return {
    epoch: row.epoch,
    instance: row.instance,
    since: row.since === null ? null : new Date(row.since),
    heartbeatAgeMs: row.age,
    leaseMs: row.lease,
    deployment: row.deployment,
    queueUsage: row.queue,
    isLocked: row.locked,
  };
}

const RESTORE = {
  name: 'restore_leadership',
  text: `INSERT INTO leadership (epoch, deployment)
    SELECT coalesce(max(epoch), 0), coalesce($1::uuid, gen_random_uuid()) FROM term ON CONFLICT DO NOTHING`,
};

/**
 * Who leads. A lost row is put back, with a new nonce, so that no earlier term can act.
 * @param deployment the name by which this process knows it: others go on with the same one
 * @throws LeadershipLostError if we have no right to put it back
 */
export async function readOrRestoreLeadership(db: Queryable, deployment: string | null): Promise<LeadershipRow> {
  try {
    return await readLeadership(db);
  } catch (error) {
    if (!(error instanceof LeadershipLostError)) throw error;
    await db.query(RESTORE, [deployment]).catch((refusal) => {
      throw hasState(refusal, 'forbidden') ? error : refusal;
    });
    return readLeadership(db);
  }
}
