import { type Reconciled, reconcile } from '../commands/reconcile.ts';
import { readDue } from '../db/read/due.ts';
import { CLI_SUFFIX } from '../db/read/tally.ts';
import { askRunningService, isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

type Moved = Omit<Reconciled, 'stuck'>;
/** The answer of the HTTP API. */
type Answer = Moved & { stuck?: { stage_id: string; error: string }[] };

const MOST_LINES = 20;

/** One sweep by hand, or what it would do. */
export async function reconcileCommand(env: NodeJS.ProcessEnv, options: { dryRun?: boolean }): Promise<number> {
  try {
    return await withDatabase(env, { mayMake: false }, async (_database, db, config) => {
      if (options.dryRun) {
        const due = await readDue(db);
        for (const { to, count, earliestMs } of due) {
          process.stdout.write(
            `${count} would become ${to}; the earliest was due ${new Date(earliestMs).toISOString()}\n`,
          );
        }
        if (due.length === 0) process.stdout.write('Nothing is due.\n');
        return 0;
      }
      const { stuck, ...moved } = await reconcile(db, {
        instance: `${config.instanceName}${CLI_SUFFIX}`,
        actor: 'cli',
      });
      report(moved);
      return reportStuck(stuck);
    });
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    if (options.dryRun) {
      const { overdue } = await askRunningService<{ overdue: number }>(env, 'GET', '/v1/scheduler');
      process.stdout.write(overdue === 0 ? 'Nothing is due.\n' : `${overdue} would move.\n`);
      return 0;
    }
    const { stuck = [], ...moved } = await askRunningService<Answer>(env, 'POST', '/v1/scheduler/reconcile');
    report(moved);
    return reportStuck(stuck.map(({ stage_id, error }) => ({ id: stage_id, reason: error })));
  }
}

function report({ activated, completed }: Moved): void {
  process.stdout.write(`${activated} became active, ${completed} became completed.\n`);
}

/** @returns 1 if a stage could not be moved */
function reportStuck(stuck: readonly { id: string; reason: string }[]): number {
  for (const { id, reason } of stuck.slice(0, MOST_LINES)) {
    process.stdout.write(`Stage ${id} cannot be moved: ${reason}\n`);
  }
  if (stuck.length > MOST_LINES) process.stdout.write(`${stuck.length - MOST_LINES} more cannot be moved.\n`);
  return stuck.length === 0 ? 0 : 1;
}
