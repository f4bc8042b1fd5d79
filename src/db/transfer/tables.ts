import { createHash } from 'node:crypto';
import type { Queryable } from '../database.ts';

/**
 * The tables that are exported, in an order in which they can be written. The leader and the instances belong to the
 * deployment, not to the data.
 */
export const TABLES = [
  'assignment',
  'stage',
  'transition',
  'term',
  'change',
  'change_commit',
  'record_pruned',
  'record_consumer',
  'alert',
  'alert_event',
  'api_key',
  'calendar_token',
  'webhook',
  'webhook_delivery',
] as const;
export type Table = (typeof TABLES)[number];

const KEYS: Record<Table, string> = {
  assignment: 'id',
  stage: 'id',
  transition: 'id',
  term: 'epoch',
  change: 'statement, n',
  change_commit: 'number',
  record_pruned: 'only_row',
  record_consumer: 'name',
  alert: 'id',
  alert_event: 'number',
  api_key: 'id',
  calendar_token: 'id',
  webhook: 'id',
  webhook_delivery: 'id',
};
/** Lines in memory at a time. */
const ROWS_AT_ONCE = 1000;

export interface Column {
  name: string;
  /** As PostgreSQL writes it: `timestamp(3) with time zone`. */
  type: string;
}

export interface Sum {
  rows: number;
  sha256: string;
}

/** Values as text must have the same format on both sides. */
const AS_TEXT = `SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true),
  set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
  set_config('bytea_output', 'hex', true), set_config('idle_in_transaction_session_timeout', '0', true)`;

/** Runs `work` in one transaction, on a connection that nobody else uses. */
export async function inTransaction<T>(db: Queryable, mode: string, work: () => Promise<T>): Promise<T> {
  await run(db, `BEGIN ${mode}`);
  try {
    await run(db, AS_TEXT);
    const result = await work();
    await run(db, 'COMMIT');
    return result;
  } catch (error) {
    await run(db, 'ROLLBACK').catch(() => {});
    throw error;
  }
}

/** The columns that can be written, in their order. */
export async function columnsOf(db: Queryable, table: Table): Promise<Column[]> {
  return run<Column>(
    db,
    `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
}

/**
 * Reads a table as lines, each a JSON array of texts and nulls. Needs a transaction, in which the cursor lives.
 * @param onLines gets them piece by piece, and is awaited
 */
export async function readLines(
  db: Queryable,
  table: Table,
  columns: readonly string[],
  onLines: (lines: readonly string[]) => Promise<void> = async () => {},
): Promise<Sum> {
  const texts = columns.map((name) => `${quoted(name)}::text`).join(', ');
  await run(
    db,
    `DECLARE lines NO SCROLL CURSOR FOR SELECT json_build_array(${texts})::text AS line FROM ${table} ORDER BY ${KEYS[table]}`,
  );
  const hash = createHash('sha256');
  let rows = 0;
  for (;;) {
    const found = await run<{ line: string }>(db, `FETCH ${ROWS_AT_ONCE} FROM lines`);
    if (found.length === 0) break;
    const lines = found.map(({ line }) => line);
    for (const line of lines) hash.update(`${line}\n`);
    rows += lines.length;
    await onLines(lines);
  }
  await run(db, 'CLOSE lines');
  return { rows, sha256: hash.digest('hex') };
}

/** Writes what `readLines` has read. */
export async function writeLines(
  db: Queryable,
  table: Table,
  columns: readonly Column[],
  lines: readonly string[],
): Promise<void> {
  const values = columns.map(({ type }, i) => `(line->>${i})::${type}`).join(', ');
  await run(
    db,
    `INSERT INTO ${table} (${columns.map(({ name }) => quoted(name)).join(', ')})
      SELECT ${values} FROM json_array_elements($1::json) AS line`,
    [`[${lines.join(',')}]`],
  );
}

/** Not prepared, because each text is used once. */
export const run = <Row>(db: Queryable, text: string, values: unknown[] = []): Promise<Row[]> =>
  db.query<Row>({ name: '', text }, values);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
