import { systemClock } from '../base/clock.ts';
import { StagebellError } from '../base/errors.ts';
import { hasState } from '../base/sqlstate.ts';
import { type Amount, countPrunable, type Prunable, prune, readPrunable } from '../db/prune.ts';
import { withDatabase } from './with-database.ts';

const DURATION = /^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/;

/** Deletes old rows from the record, or says what it would delete. */
export function pruneCommand(
  env: NodeJS.ProcessEnv,
  options: { olderThan: string; dryRun?: boolean },
): Promise<number> {
  const { olderThan, dryRun = false } = options;
  if (!DURATION.test(olderThan)) {
    const message = `--older-than ${olderThan} is not a duration: write it as ISO 8601 does, such as P400D, P18M or P2Y`;
    throw new StagebellError('usage', 400, message, { exitCode: 2 });
  }
  return withDatabase(env, { mayMake: false }, async (_database, db) => {
    try {
      const prunable = await readPrunable(db, olderThan, systemClock.wallMs());
      const { upTo } = prunable;
      process.stdout.write(report(prunable, dryRun ? await countPrunable(db, upTo) : await prune(db, upTo), dryRun));
      return 0;
    } catch (error) {
      if (!hasState(error, 'forbidden')) throw error;
      throw new StagebellError(
        'no_rights',
        500,
        'Pruning needs the rights of the owner of the tables: run it as the role that ran stagebell migrate.',
        { cause: error },
      );
    }
  });
}

function report({ upTo, heldBackBy }: Prunable, { transitions, changes, alerts }: Amount, isDry: boolean): string {
  const what = `${transitions} transitions, ${changes} changes and ${alerts} events of alerts, up to number ${upTo}`;
  const done = isDry ? `Would delete ${what}.\n` : `Deleted ${what}.\n`;
  if (heldBackBy === null) return done;
  const { name, isWebhook, readTo, seenMs } = heldBackBy;
  if (isWebhook) {
    return `${done}The webhook ${name} has delivered only up to number ${readTo}. If nobody needs it: DELETE /v1/webhooks/${name}.\n`;
  }
  const seen = new Date(seenMs).toISOString();
  return `${done}The consumer ${name} has read only up to number ${readTo} and was last seen at ${seen}. If it is gone: DELETE FROM record_consumer WHERE name = '${name.replaceAll("'", "''")}'.\n`;
}
