import type { Queryable } from '../database.ts';
import { MIGRATIONS } from '../schema/schema.ts';
import { FORMAT, type Line } from './format.ts';
import { columnsOf, inTransaction, readLines, run, type Sum, TABLES } from './tables.ts';

/**
 * Writes the whole database as lines, from one snapshot, with a thousand rows in memory at a time.
 * @param say writes lines, and is awaited
 * @returns the number of rows of each table
 */
export function exportTo(
  db: Queryable,
  release: string,
  say: (lines: readonly string[]) => Promise<void>,
): Promise<Record<string, Sum>> {
  const tell = (line: Line): Promise<void> => say([JSON.stringify(line)]);
  return inTransaction(db, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', async () => {
    const [row] = await run<{ at: string }>(db, 'SELECT clock_timestamp()::text AS at');
    await tell({ stagebell_export: FORMAT, release, migrations: MIGRATIONS, exported_at: row?.at ?? '' });
    const sums: Record<string, Sum> = {};
    for (const table of TABLES) {
      const columns = await columnsOf(db, table);
      await tell({ table, columns });
      const names = columns.map(({ name }) => name);
      const sum = await readLines(db, table, names, say);
      await tell({ end_of: table, ...sum });
      sums[table] = sum;
    }
    await tell({ end_of: 'export', tables: TABLES.length });
    return sums;
  });
}
