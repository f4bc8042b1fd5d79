import { hasState } from '../../base/sqlstate.ts';
import type { Queryable } from '../database.ts';
import { livingLeader, readLeadership } from '../leading/leadership-row.ts';
import { mendRecordIds } from '../record-ids.ts';
import { MIGRATIONS } from '../schema/schema.ts';
import { FORMAT, type Line, RunningSum, TransferError } from './format.ts';
import { type Column, columnsOf, inTransaction, readLines, run, type Sum, type Table, writeLines } from './tables.ts';

const ROWS_AT_ONCE = 1000;
const RELIEVED_EVERY_ROWS = 50_000;

export interface ImportOptions {
  /** No other process can use this database, whatever the last heartbeat says. */
  isAlone?: boolean;
  /** Called from time to time, and awaited. */
  relieve?(): Promise<void>;
}

/**
 * Fills an empty database with an export, in one transaction: all of it or nothing. Triggers are disabled, because
 * statuses, versions and the record come with the export. Afterwards every row is read again and compared.
 * @throws TransferError with the reason
 */
export function importFrom(
  db: Queryable,
  lines: AsyncIterable<string>,
  { isAlone = false, relieve = async () => {} }: ImportOptions = {},
): Promise<Record<string, Sum>> {
  return inTransaction(db, '', async () => {
    if (!isAlone) await refuseLed(db);
    await refuseInhabited(db);
    await run(db, 'ALTER TABLE stage DISABLE TRIGGER USER').catch((error) => {
      if (!hasState(error, 'forbidden')) throw error;
      throw new TransferError(
        'An import needs the owner of the tables: run it as the role that ran stagebell migrate.',
      );
    });
    await run(db, 'ALTER TABLE assignment DISABLE TRIGGER USER');
    // A service that ran here before has left terms and alerts, whose numbers the export has too. record_pruned has one
    // row in a new schema.
    const ours = ['record_pruned', 'record_consumer', 'alert', 'alert_event', 'webhook', 'webhook_delivery'];
    for (const table of ['term', 'change_commit', ...ours]) await run(db, `DELETE FROM ${table}`);
    const sums = await new Reader(db, relieve).read(lines);
    await run(db, 'SET CONSTRAINTS ALL IMMEDIATE');
    await run(db, 'ALTER TABLE stage ENABLE TRIGGER USER');
    await run(db, 'ALTER TABLE assignment ENABLE TRIGGER USER');
    // An export of an earlier release has no such row.
    await run(db, 'INSERT INTO record_pruned (up_to, pruned_at) VALUES (0, now()) ON CONFLICT DO NOTHING');
    await mendRecordIds(db);
    await run(db, 'UPDATE webhook SET owner = NULL, owned_until = NULL');
    // The next term gets a new number, whichever side had more terms.
    await run(
      db,
      `UPDATE leadership SET epoch = greatest(epoch, (SELECT coalesce(max(epoch), 0) FROM term)), nonce = gen_random_uuid(),
        instance = NULL, since = NULL, heartbeat_at = NULL`,
    );
    return sums;
  });
}

async function refuseLed(db: Queryable): Promise<void> {
  const leader = livingLeader(await readLeadership(db));
  if (leader !== null) throw new TransferError(`A service runs on this database (${leader} leads). Stop it first.`);
}

async function refuseInhabited(db: Queryable): Promise<void> {
  const [found] = await run<{ table: string }>(
    db,
    ['assignment', 'stage', 'transition', 'change', 'api_key', 'calendar_token']
      .map((name) => `(SELECT '${name}' AS table FROM ${name} LIMIT 1)`)
      .join(' UNION ALL '),
  );
  if (found !== undefined)
    throw new TransferError(`This database is not empty: the table ${found.table} has rows. Import into a new one.`);
}

/** Reads an export line by line. Errors name the number of the line. */
class Reader {
  readonly #db: Queryable;
  readonly #relieve: () => Promise<void>;
  readonly #sums: Record<string, Sum> = {};
  #number = 0;
  #table: Table | null = null;
  #columns: Column[] = [];
  #waiting: string[] = [];
  #flushes = 0;
  #sum = new RunningSum();
  #isOver = false;

  constructor(db: Queryable, relieve: () => Promise<void>) {
    this.#db = db;
    this.#relieve = relieve;
  }

  async read(lines: AsyncIterable<string>): Promise<Record<string, Sum>> {
    for await (const line of lines) {
      this.#number += 1;
      if (line.startsWith('[')) await this.#row(line);
      else if (line !== '') await this.#told(this.#parsed(line));
    }
    if (!this.#isOver)
      throw new TransferError(`The export is cut off after line ${this.#number}: nothing was imported.`);
    return this.#sums;
  }

  async #row(line: string): Promise<void> {
    if (this.#table === null) throw this.#fault('a row outside of a table');
    this.#sum.add(line);
    this.#waiting.push(line);
    if (this.#waiting.length >= ROWS_AT_ONCE) await this.#flush();
  }

  async #told(line: Line): Promise<void> {
    if (this.#number === 1) return this.#begin(line);
    if ('table' in line) await this.#open(line);
    else if ('end_of' in line && line.end_of === 'export') this.#isOver = true;
    else if ('end_of' in line) await this.#close(line as Extract<Line, { rows: number }>);
    else throw this.#fault('a second head');
  }

  #begin(line: Line): void {
    if (!('stagebell_export' in line)) throw this.#fault('not the head of an export: was it made by stagebell export?');
    if (line.stagebell_export !== FORMAT)
      throw this.#fault(
        `format ${line.stagebell_export}, and this release reads ${FORMAT}: use the release that made it`,
      );
    const unknown = line.migrations.filter((name) => !MIGRATIONS.some((known) => known === name));
    if (unknown.length > 0)
      throw this.#fault(`made by a newer release (${line.release}; ${unknown.join(', ')}): import with that one`);
  }

  async #open({ table, columns }: Extract<Line, { table: Table }>): Promise<void> {
    const known = await columnsOf(this.#db, table);
    const missing = columns.filter(({ name }) => !known.some((column) => column.name === name));
    if (missing.length > 0) {
      const names = missing.map(({ name, type }) => `${name} ${type}`).join(', ');
      throw this.#fault(`the table ${table} lacks columns that it has in the exported database: add ${names}`);
    }
    this.#table = table;
    this.#columns = columns.flatMap(({ name }) => known.filter((column) => column.name === name));
    this.#sum = new RunningSum();
  }

  async #close(expected: { end_of: string; rows: number; sha256: string }): Promise<void> {
    if (this.#table === null || expected.end_of !== this.#table) throw this.#fault('the end of another table');
    await this.#flush();
    const { rows, sha256 } = this.#sum.sum;
    if (rows !== expected.rows || sha256 !== expected.sha256)
      throw this.#fault(
        `${this.#table} has ${rows} rows where ${expected.rows} were exported, or different ones: the file is damaged`,
      );
    const names = this.#columns.map(({ name }) => name);
    const here = await readLines(this.#db, this.#table, names);
    if (here.sha256 !== sha256)
      throw this.#fault(`${this.#table} reads differently after the import: ${here.rows} rows of ${rows}`);
    this.#sums[this.#table] = here;
    this.#table = null;
  }

  async #flush(): Promise<void> {
    if (this.#table !== null && this.#waiting.length > 0)
      await writeLines(this.#db, this.#table, this.#columns, this.#waiting);
    this.#waiting = [];
    if (++this.#flushes % (RELIEVED_EVERY_ROWS / ROWS_AT_ONCE) === 0) await this.#relieve();
  }

  #parsed(line: string): Line {
    try {
      return JSON.parse(line) as Line;
    } catch {
      throw this.#fault('not JSON: was it made by stagebell export?');
    }
  }

  #fault(what: string): TransferError {
    return new TransferError(`Line ${this.#number} of the export: ${what}. Nothing was imported.`);
  }
}
