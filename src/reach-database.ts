import { Backoff } from './base/backoff.ts';
import type { Clock } from './base/clock.ts';
import { messageOf, SchemaError, UnusableFolderError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import type { Database, Queryable } from './db/database.ts';
import { causeOf } from './db/faults.ts';
import { readOrRestoreLeadership } from './db/leadership-row.ts';
import { migrate } from './db/schema.ts';

export interface ReachOptions {
  database: Database;
  db: Queryable;
  clock: Clock;
  log: Log;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** @param why for anybody: it names no host and no user */
  onWaiting(why: string): void;
}

/**
 * Connects and brings the schema up, for as long as it takes.
 * @returns the deployment's name, or null when `signal` aborted
 * @throws SchemaError, UnusableFolderError when waiting would not help
 */
export async function reachDatabase(options: ReachOptions): Promise<string | null> {
  const { database, db, clock, log, signal, onWaiting } = options;
  const backoff = new Backoff(100, 2000);
  let isWaiting = false;
  while (!signal.aborted) {
    try {
      await database.connect(signal);
      const applied = await migrate(database, db, signal);
      if (applied.length > 0) log.info({ event: 'migrated', applied }, 'schema brought up to date');
      const { deployment } = await readOrRestoreLeadership(db, null);
      return signal.aborted ? null : deployment;
    } catch (error) {
      if (error instanceof SchemaError || error instanceof UnusableFolderError) throw error;
      if (signal.aborted) return null;
      if (!isWaiting) log.warn({ event: 'waiting', error: messageOf(error) }, 'waiting for the database');
      isWaiting = true;
      onWaiting(causeOf(error));
      await clock.sleep(backoff.next(), signal);
    }
  }
  return null;
}
