import { createHash, type Hash } from 'node:crypto';
import { StagebellError } from '../../base/errors.ts';
import type { Column, Sum, Table } from './tables.ts';

/**
 * An export is lines of JSON: a head, then for each table its columns, its rows and its sum, then the end. It is
 * the same whichever database it comes from, and can be read, counted and compared with common tools.
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

/** Counts and sums the rows of one table as they come by. */
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
