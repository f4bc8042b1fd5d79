import { text } from 'node:stream/consumers';
import { StagebellError } from '../base/errors.ts';
import { PgliteDatabase } from '../db/embedded/pglite.ts';
import { stopFirst } from './transfer.ts';
import { withDatabase } from './with-database.ts';

/**
 * Runs SQL on an embedded database, which psql cannot reach. Prints a line of JSON for each row.
 * @param given null: from stdin
 */
export async function sqlCommand(env: NodeJS.ProcessEnv, given: string | null): Promise<number> {
  const script = given ?? (await text(process.stdin));
  const results = await stopFirst(() =>
    withDatabase(env, { mayMake: false, isQuiet: true }, (database) => {
      if (database instanceof PgliteDatabase) return database.script(script);
      throw new StagebellError('usage', 400, 'This is for the embedded database: use psql with DATABASE_URL.', {
        exitCode: 2,
      });
    }),
  );
  for (const { rows, affectedRows } of results) {
    for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
    if (rows.length === 0 && affectedRows) process.stderr.write(`${affectedRows} rows\n`);
  }
  return 0;
}
