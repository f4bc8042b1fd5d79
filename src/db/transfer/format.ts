import { createHash, type Hash } from 'node:crypto';
import { StagebellError } from '../../base/errors.ts';
import type { Column, Sum, Table } from './tables.ts';

/**
 * An export is lines of JSON: a head; for each table its columns, rows and sum; then the end. It does not depend on the
 * kind of database, and common tools can read, count and compare it.
 */
export const FORMAT = 1;

export type Line =
  | { stagebell_export: typeof FORMAT; release: string; migrations: readonly string[]; exported_at: string }
  | { table: Table; columns: Column[] }
  | { end_of: Table; rows: number; sha256: string }
  | { end_of: 'export'; tables: number };

export class TransferError extends StagebellError {
  constructor(message: string) {
    super('transfer_refused', 409, message);
  }
}

/** Counts the rows of one table and hashes them, one by one. */
export class RunningSum {
  readonly #hash: Hash = createHash('sha256');
  #rows = 0;

  add(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#rows += 1;
  }

  get sum(): Sum {
    return { rows: this.#rows, sha256: this.#hash.copy().digest('hex') };
  }
}
