import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import { asDatabaseError } from '../../../src/db/faults.ts';
import type { PostgresClient } from './postgres-client.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';

export const TERMINATED = 'terminating connection due to administrator command';

const failed = (code: string, message: string): Error => Object.assign(new Error(message), { code });

export const timedOut = (): Error => failed('57014', 'canceling statement due to statement timeout');

/** @returns why it is refused; null: it is let in */
export function letIn({ isUp, sessions, faults }: SimulatedPostgres, client: PostgresClient): Error | null {
  if (!isUp) return new DatabaseUnavailableError('connect ECONNREFUSED');
  if (sessions.size >= faults.room) return asDatabaseError(failed('53300', 'sorry, too many clients already')) as Error;
  sessions.add(client);
  return null;
}

/** Rows for a statement about sessions, of which PGlite has only one; null: it is for PGlite. */
export function answerAboutSessions(
  { sessions, leaderLock }: SimulatedPostgres,
  name: string,
  [pid]: readonly unknown[],
): unknown[] | null {
  if (name === 'end_leader_lock_holder') leaderLock.holder?.terminate();
  if (name === 'leader_lock_known') return [{ known: [...sessions].some(({ backend }) => backend === pid) }];
  return /^(SET |BEGIN|LISTEN|end_leader_lock_holder)/.test(name) ? [] : null;
}
