import { messageOf } from '../../../src/base/errors.ts';
import { eventually, within } from '../../support/wait.ts';
import type { Arena } from './arena.ts';

/** Beside a lease, for whoever takes over to notice, campaign and sweep. */
const ELECTION_MS = 2000;
/** Longer than anything that a fault may have left behind takes to end. */
const QUIET_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 3000;

/** The promise once everything is whole. @returns what is wrong, and how long it took */
export async function leaderIsBack({ admin, leaseMs }: Arena): Promise<{ complaints: string[]; tookMs: number }> {
  const fromMs = performance.now();
  const boundMs = leaseMs + ELECTION_MS;
  const led = eventually(
    async () => {
      const { instance, heartbeatAgeMs } = await admin.leadership();
      if (instance === null || (heartbeatAgeMs ?? Number.POSITIVE_INFINITY) > 1.5 * leaseMs) {
        throw new Error(`${instance ?? 'nobody'} leads, heartbeat ${heartbeatAgeMs} ms ago`);
      }
    },
    { timeoutMs: boundMs },
  );
  const complaints = await complaintOf(led, `no leader within ${boundMs} ms after the last fault was healed`);
  return { complaints, tookMs: performance.now() - fromMs };
}

/** Resolves when nothing is due, nothing is under way and everybody is well; or with what is not so. */
export function untilQuiet({ admin, instances }: Arena): Promise<string[]> {
  const quiet = eventually(
    async () => {
      const [row] = await admin.sql<{ overdue: number; busy: number }>(
        `SELECT (SELECT count(*)::int FROM stage WHERE status <> stage_status(start_date, end_date, now() - interval '1 s')
            AND status <> stage_status(start_date, end_date, now())) AS overdue,
          (SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'stagebell%' AND application_name NOT LIKE '%:alive'
            AND xact_start < now() - interval '1 s') AS busy`,
      );
      if (row?.overdue !== 0) throw new Error(`${row?.overdue} stages are behind their dates`);
      if (row.busy !== 0) throw new Error(`${row.busy} transactions are open`);
      for (const { name, port } of instances) {
        const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
        if (status !== 200) throw new Error(`${name} answers /readyz with ${status}`);
      }
    },
    { timeoutMs: QUIET_WITHIN_MS, everyMs: 200 },
  );
  return complaintOf(quiet, 'it does not come to rest');
}

/** Asks every instance to end. @returns what it left behind */
export async function stopAll({ admin, instances }: Arena): Promise<string[]> {
  const stopped = Promise.all(
    instances.map((instance) => within(instance.stop(), STOP_WITHIN_MS, `${instance.name} stops`)),
  );
  const complaints = await complaintOf(stopped, 'a stop takes too long');
  const gone = eventually(
    async () => {
      const sessions = await admin.connections();
      if (sessions.length > 0) throw new Error(`sessions: ${sessions.join(', ')}`);
      const links = instances.flatMap(({ wiring }) => wiring.all.map(({ connections }) => connections));
      const open = links.reduce((sum, count) => sum + count, 0);
      if (open > 0) throw new Error(`${open} connections`);
      const alive = instances.flatMap(({ processes }) => processes.filter(({ hasExited }) => !hasExited));
      if (alive.length > 0) throw new Error(`processes: ${alive.map(({ pid }) => pid).join(', ')}`);
    },
    { timeoutMs: GONE_WITHIN_MS, everyMs: 50 },
  );
  return [...complaints, ...(await complaintOf(gone, 'left behind after the stop'))];
}

async function complaintOf(work: Promise<unknown>, what: string): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [`${what}: ${messageOf(error)}`];
  }
}
