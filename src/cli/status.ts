import { readHorizon } from '../db/horizon.ts';
import { livingLeader, readLeadership, readOverdue } from '../db/term.ts';
import { askRunningService, isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

interface Status {
  leader: { instance: string; epoch: number; since: string } | null;
  /** Age of the leader's heartbeat, milliseconds; null when it was not asked for or nobody leads. */
  heartbeat_age_ms: number | null;
  /** What a leader has armed: at most its horizon. */
  armed: { instants: number; next_at: string | null; last_at: string | null };
  overdue: number;
}

/** Who leads, what is armed, what is next, what is overdue. @returns 1 when nobody leads */
export async function statusCommand(env: NodeJS.ProcessEnv, options: { json?: boolean }): Promise<number> {
  let status: Status;
  try {
    status = await statusFromDatabase(env);
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    const answer = await askRunningService<Omit<Status, 'heartbeat_age_ms'>>(env, 'GET', '/v1/scheduler');
    status = { leader: answer.leader, heartbeat_age_ms: null, armed: answer.armed, overdue: answer.overdue };
  }
  process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : inWords(status));
  return status.leader === null ? 1 : 0;
}

function statusFromDatabase(env: NodeJS.ProcessEnv): Promise<Status> {
  return withDatabase(env, async (_database, db, config) => {
    const leadership = await readLeadership(db);
    const { epoch, since, heartbeatAgeMs } = leadership;
    const leader = livingLeader(leadership);
    const { instants, databaseMs } = await readHorizon(db, config.timers.horizon);
    const coming = instants.filter((atMs) => atMs > databaseMs);
    const at = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      leader: leader !== null && since !== null ? { instance: leader, epoch, since: since.toISOString() } : null,
      heartbeat_age_ms: heartbeatAgeMs === null ? null : Math.round(heartbeatAgeMs),
      armed: {
        // Only a leader arms.
        instants: leader === null ? 0 : coming.length,
        next_at: at(coming[0]),
        last_at: at(coming.at(-1)),
      },
      overdue: await readOverdue(db),
    };
  });
}

function inWords({ leader, heartbeat_age_ms, armed, overdue }: Status): string {
  const beat = heartbeat_age_ms === null ? '' : `, last heartbeat ${heartbeat_age_ms} ms ago`;
  return [
    leader === null
      ? `leader   nobody${beat}`
      : `leader   ${leader.instance}, term ${leader.epoch} since ${leader.since}${beat}`,
    `armed    ${armed.instants} instants${armed.last_at === null ? '' : `, the last at ${armed.last_at}`}`,
    `next     ${armed.next_at ?? 'nothing is coming'}`,
    `overdue  ${overdue}`,
    '',
  ].join('\n');
}
