import { once } from 'node:events';
import { StagebellError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { migrate } from '../db/schema.ts';
import { exportTo } from '../db/transfer/export.ts';
import { TransferError } from '../db/transfer/format.ts';
import { importFrom } from '../db/transfer/import.ts';
import type { Sum } from '../db/transfer/tables.ts';
import { linesOf } from './lines.ts';
import { isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

/** The whole database on stdout. */
export async function exportCommand(env: NodeJS.ProcessEnv, release: string): Promise<number> {
  if (process.stdout.isTTY) throw usage('stagebell export > FILE');
  const sums = await stopFirst(() =>
    withDatabase(env, { mayMake: false, isQuiet: true }, (database, db) => {
      refuseTransactionPooler(database);
      return exportTo(db, release, async (lines) => {
        if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
      });
    }),
  );
  if (process.stdout.writableLength > 0) await once(process.stdout, 'drain');
  process.stderr.write(`exported ${counted(sums)}\n`);
  return 0;
}

/** An export from stdin, into an empty database. */
export async function importCommand(env: NodeJS.ProcessEnv): Promise<number> {
  if (process.stdin.isTTY) throw usage('stagebell import < FILE');
  const sums = await stopFirst(() =>
    withDatabase(env, { mayMake: true }, async (database, db) => {
      refuseTransactionPooler(database);
      await migrate(database, db);
      return importFrom(db, linesOf(process.stdin));
    }),
  );
  process.stdout.write(`imported ${counted(sums)}; read again and found the same\n`);
  return 0;
}

const counted = (sums: Record<string, Sum>): string =>
  Object.entries(sums)
    .map(([table, { rows }]) => `${rows} of ${table}`)
    .join(', ');

const usage = (example: string): StagebellError =>
  new StagebellError('usage', 400, `This reads or writes a stream: ${example}`, { exitCode: 2 });

function refuseTransactionPooler(database: Database): void {
  if (database.canListen) return;
  throw new TransferError(
    'This takes one long transaction: give DATABASE_URL a direct connection, not a transaction pooler.',
  );
}

/** An embedded database is the running service's alone. */
export async function stopFirst<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    throw new TransferError(
      'The embedded database is in use by the running service: stop it, then do this, then start it again.',
    );
  }
}
