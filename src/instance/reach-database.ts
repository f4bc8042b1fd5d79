import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, SchemaError, UnusableFolderError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database, Queryable } from '../db/database.ts';
import { readOrRestoreLeadership } from '../db/leading/leadership-row.ts';
import { mendRecordIds } from '../db/record-ids.ts';
import { MigrationError } from '../db/schema/careful-migration.ts';
import { tryToWrite } from '../db/schema/fitness.ts';
import { migrate } from '../db/schema/schema.ts';
import { troubleOf } from '../db/troubles.ts';

const RECORD_IDS =
  'the ids of the record had fallen behind it (rows were copied without their sequence), and now go on after the last one';

/** A server that is starting is soon there. One that stays away is tried every two seconds, by each instance. */
const RETRY_MS = [100, 2000] as const;

export interface ReachOptions {
  database: Database;
  db: Queryable;
  clock: Clock;
  log: Log;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** @param why names no host, no user and no address */
  onWaiting(why: string): void;
}

/**
 * Connects, brings the schema up and tries to write, for as long as it takes.
 * @returns the deployment's name, or null when `signal` aborted
 * @throws SchemaError, UnusableFolderError when waiting would not help: the tables are newer, or not ours
 */
export async function reachDatabase(options: ReachOptions): Promise<string | null> {
  const { database, db, clock, log, signal, onWaiting } = options;
  const backoff = new Backoff(...RETRY_MS);
  let waitingFor: string | null = null;
  while (!signal.aborted) {
    try {
      await database.connect(signal);
      const applied = await migrate(database, db, signal);
      if (applied.length > 0) log.info({ event: 'migrated', applied }, 'schema brought up to date');
      await tryToWrite(db);
      // If this role may not mend them, health/tables-watch.ts reports it.
      if (await mendRecordIds(db).catch(() => false)) log.warn({ event: 'record_ids_mended' }, RECORD_IDS);
      const { deployment } = await readOrRestoreLeadership(db, null);
      return signal.aborted ? null : deployment;
    } catch (error) {
      if (error instanceof SchemaError || error instanceof UnusableFolderError) throw error;
      if (signal.aborted) return null;
      const trouble = troubleOf(error);
      const why = trouble?.cause ?? 'see the log';
      // Once for each reason, and not once for each try.
      if (why !== waitingFor) {
        const { cause, cure, endsByItself } = trouble ?? {};
        const fields = { error: messageOf(error), cause, cure, ends_by_itself: endsByItself };
        if (error instanceof MigrationError) {
          const { migration } = error;
          const { detail } = error.trouble;
          log.error({ event: 'migration_failed', migration, detail, ...fields }, `${why}: ${detail}`);
        } else log.warn({ event: 'waiting', ...fields }, `waiting for the database: ${why}`);
      }
      waitingFor = why;
      onWaiting(why);
      await clock.sleep(backoff.next(), signal);
    }
  }
  return null;
}
