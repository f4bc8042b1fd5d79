import { messageOf } from '../base/errors.ts';
import { hasState } from '../base/sqlstate.ts';
import type { Database, Queryable } from '../db/database.ts';
import { type InstanceView, readInstanceViews } from '../db/instances/view.ts';
import { readOverdue } from '../db/leading/heartbeat.ts';
import { readHorizon } from '../db/leading/horizon.ts';
import { readLeaderLock } from '../db/leading/leader-lock-view.ts';
import { livingLeader, readLeadership } from '../db/leading/leadership-row.ts';
import { readOpenAlerts } from '../db/read/alerts.ts';
import { askRunningService, isFolderInUse } from './running-service.ts';
import { targetOf } from './target.ts';
import { withDatabase } from './with-database.ts';

interface Status {
  /** Which database it is, without secrets. */
  database: string;
  leader: { instance: string; epoch: number; since: string } | null;
  /** Age of the leader's heartbeat in milliseconds; null when it was not read or nobody leads. */
  heartbeat_age_ms: number | null;
  /**
   * How the leader's death would be noticed, as in `/v1/scheduler`; null when nobody leads, or no other instance could.
   */
  succession: { told_by: 'postgres' | 'lease'; why: string | null } | null;
  /** What a leader has armed: at most its horizon. */
  armed: { instants: number; next_at: string | null; last_at: string | null };
  overdue: number;
  /** Those that are open, oldest first. null: this role may not read them. */
  alerts: OpenAlert[] | null;
  /** null: this role may not read them. */
  instances: InstanceView[] | null;
}

interface OpenAlert {
  kind: string;
  subject: string;
  severity: string;
  cause: string;
  cure: string;
  raised_at: string;
}

/** Who leads, what is armed, what is next, what is overdue, who is there. @returns 1 when nobody leads */
export async function statusCommand(env: NodeJS.ProcessEnv, options: { json?: boolean }): Promise<number> {
  let status: Status;
  try {
    status = await statusFromDatabase(env);
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    const answer = await askRunningService<Status>(env, 'GET', '/v1/scheduler');
    const { leader, armed, overdue, instances } = answer;
    const { items: alerts } = await askRunningService<{ items: OpenAlert[] }>(env, 'GET', '/v1/alerts?limit=500');
    const database = 'embedded, in use by the running service, which was asked';
    status = { database, leader, heartbeat_age_ms: null, succession: null, armed, overdue, alerts, instances };
  }
  process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : inWords(status));
  return status.leader === null ? 1 : 0;
}

function statusFromDatabase(env: NodeJS.ProcessEnv): Promise<Status> {
  return withDatabase(env, { mayMake: false, isQuiet: true }, async (database, db, config) => {
    const leadership = await readLeadership(db);
    const { epoch, since, heartbeatAgeMs } = leadership;
    // We hold the folder, so no service is running.
    const leader = database.kind === 'embedded' ? null : livingLeader(leadership);
    const { instants, databaseMs } = await readHorizon(db, config.timers.horizon);
    const coming = instants.filter((atMs) => atMs > databaseMs);
    const at = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      database: targetOf(config),
      leader: leader !== null && since !== null ? { instance: leader, epoch, since: since.toISOString() } : null,
      heartbeat_age_ms: heartbeatAgeMs === null ? null : Math.round(heartbeatAgeMs),
      succession: leader === null ? null : await successionOf(database, db),
      armed: {
        // Only a leader arms timers.
        instants: leader === null ? 0 : coming.length,
        next_at: at(coming[0]),
        last_at: at(coming.at(-1)),
      },
      overdue: await readOverdue(db),
      alerts: await openAlerts(db),
      instances: await readInstanceViews(db, leader),
    };
  });
}

async function openAlerts(db: Queryable): Promise<OpenAlert[] | null> {
  try {
    return (await readOpenAlerts(db)).map(({ kind, subject, severity, cause, cure, raisedMs }) => ({
      kind,
      subject,
      severity,
      cause,
      cure,
      raised_at: new Date(raisedMs).toISOString(),
    }));
  } catch (error) {
    if (hasState(error, 'forbidden', 'noTable')) return null;
    throw error;
  }
}

async function successionOf(database: Database, db: Queryable): Promise<NonNullable<Status['succession']>> {
  // If this connection goes through a pooler, the service's connections do too.
  if (database.openLeaderLock() === null)
    return { told_by: 'lease', why: 'a transaction pooler is in front of the database' };
  try {
    if ((await readLeaderLock(db)).isInForce) return { told_by: 'postgres', why: null };
    return { told_by: 'lease', why: 'the leader does not hold the lock on leader_alive' };
  } catch (error) {
    return { told_by: 'lease', why: messageOf(error) };
  }
}

function inWords({
  database,
  leader,
  heartbeat_age_ms,
  succession,
  armed,
  overdue,
  alerts,
  instances,
}: Status): string {
  const heartbeat = heartbeat_age_ms === null ? '' : `, last heartbeat ${heartbeat_age_ms} ms ago`;
  return [
    `database ${database}`,
    leader === null
      ? `leader   nobody${heartbeat}`
      : `leader   ${leader.instance}, term ${leader.epoch} since ${leader.since}${heartbeat}`,
    ...(succession === null ? [] : [`crash    of the leader: ${crashInWords(succession)}`]),
    `armed    ${armed.instants} instants${armed.last_at === null ? '' : `, the last at ${armed.last_at}`}`,
    `next     ${armed.next_at ?? 'nothing is coming'}`,
    `overdue  ${overdue}${overdue === 0 ? '' : ': stagebell doctor says why'}`,
    ...(alerts ?? []).map(alertInWords),
    ...(instances ?? []).map(instanceInWords),
    '',
  ].join('\n');
}

const crashInWords = ({ told_by, why }: NonNullable<Status['succession']>): string =>
  told_by === 'postgres'
    ? 'PostgreSQL would tell the others at once'
    : `noticed only after the lease: ${why} (stagebell doctor says more)`;

const alertInWords = ({ kind, subject, severity, cause, raised_at }: OpenAlert): string =>
  `alert    ${kind}${subject && ` ${subject}`}, ${severity}, since ${raised_at}: ${cause}`;

function instanceInWords({ name, version, role, lease_ms, last_seen_at, troubles }: InstanceView): string {
  const ailing = troubles.filter(({ until }) => until === null).map(({ part }) => part);
  const trouble = ailing.length === 0 ? '' : `; trouble: ${ailing.join(', ')}`;
  return `instance ${name}, ${version}, ${role}, lease ${lease_ms} ms, last seen ${last_seen_at}${trouble}`;
}
