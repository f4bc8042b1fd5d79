import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { systemClock } from '../base/clock.ts';
import { messageOf, StagebellError } from '../base/errors.ts';
import type { Database, Queryable } from '../db/database.ts';
import { migrate } from '../db/schema/schema.ts';
import { exportTo } from '../db/transfer/export.ts';
import { TransferError } from '../db/transfer/format.ts';
import { importFrom } from '../db/transfer/import.ts';
import type { Sum } from '../db/transfer/tables.ts';
import { linesOf } from './lines.ts';
import { isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

const STDOUT = 1;
/** How soon to try again when a pipe is full. */
const LOOK_AGAIN_MS = 5;

/** The whole database on stdout. */
export async function exportCommand(env: NodeJS.ProcessEnv, release: string): Promise<number> {
  if (isatty(STDOUT)) throw usage('stagebell export > FILE');
  const sums = await stopFirst(() =>
    withDatabase(env, { mayMake: false, isQuiet: true }, (database, db) => {
      refuseTransactionPooler(database);
      return exportTo(db, release, say);
    }),
  );
  process.stderr.write(`exported ${counted(sums)}\n`);
  return 0;
}

/** writeSync says how many bytes were written; a stream does not say when a full disk took only a part. */
async function say(lines: readonly string[]): Promise<void> {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN')
        throw new TransferError(`The export could not be written: ${messageOf(error)}. The output is incomplete.`);
      await systemClock.sleep(LOOK_AGAIN_MS);
    }
  }
}

/** An export from stdin, into an empty database. */
export async function importCommand(env: NodeJS.ProcessEnv): Promise<number> {
  if (process.stdin.isTTY) throw usage('stagebell import < FILE');
  const sums = await stopFirst(() =>
    withDatabase(env, { mayMake: true }, async (database, db) => {
      refuseTransactionPooler(database);
      await migrate(database, db);
      const isAlone = database.kind === 'embedded';
      return importFrom(db, linesOf(process.stdin), { isAlone, relieve: () => relieve(database, db) });
    }),
  );
  process.stdout.write(`imported ${counted(sums)}; read again and found the same\n`);
  return 0;
}

/** An embedded database has no process that does this. Its log must not grow for the whole import. */
async function relieve(database: Database, db: Queryable): Promise<void> {
  if (database.kind !== 'embedded') return;
  // Fails when the disk is almost full.
  await database.edit(null, async () => {});
  await db.query({ name: '', text: 'CHECKPOINT' });
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

/** Says what to do when the running service has the embedded database. */
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
