import { type Reconciled, reconcile } from '../commands/reconcile.ts';
import { readDue } from '../db/read-due.ts';
import { CLI_SUFFIX } from '../db/read-tally.ts';
import { askRunningService, isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

/** One sweep by hand, or what it would do. */
export async function reconcileCommand(env: NodeJS.ProcessEnv, options: { dryRun?: boolean }): Promise<number> {
  try {
    return await withDatabase(env, async (_database, db, config) => {
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
      report(await reconcile(db, { instance: `${config.instanceName}${CLI_SUFFIX}`, actor: 'cli' }));
      return 0;
    });
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    if (options.dryRun) {
      const { overdue } = await askRunningService<{ overdue: number }>(env, 'GET', '/v1/scheduler');
      process.stdout.write(overdue === 0 ? 'Nothing is due.\n' : `${overdue} would move.\n`);
      return 0;
    }
    report(await askRunningService<Reconciled>(env, 'POST', '/v1/scheduler/reconcile'));
    return 0;
  }
}

function report({ activated, completed }: Reconciled): void {
  process.stdout.write(`${activated} became active, ${completed} became completed.\n`);
}
