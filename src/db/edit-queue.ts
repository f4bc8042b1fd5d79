import type { Clock } from '../base/clock.ts';
import { DatabaseBusyError } from '../base/errors.ts';

/** An edit waits so long for what somebody else holds, milliseconds. */
export const EDIT_PATIENCE_MS = 2000;
/** Edits of one row that may hold a connection. PostgreSQL would let two of them wait one after the other. */
const MOST_OF_ONE_ROW = 1;
/** What is left of its patience is never nothing: 0 would be for ever. */
const LEAST_MS = 50;

interface Waiting {
  row: string | null;
  begin(): void;
}

/**
 * Whose turn it is to edit. An edit may wait for a row that somebody holds, and it waits on a connection: so edits
 * never have all connections, and those of one row have few. The rest wait here, where waiting costs nothing.
 */
export class EditQueue {
  readonly #most: number;
  readonly #clock: Clock;
  #running = 0;
  readonly #ofRow = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /**
   * @param row what the edit may have to wait for; null: nothing in particular
   * @param edit told how long it may wait for locks, milliseconds
   * @throws DatabaseBusyError
   */
  async run<T>(row: string | null, edit: (lockMs: number) => Promise<T>): Promise<T> {
    const startedMs = this.#clock.monoMs();
    if (!this.#mayBegin(row)) await this.#turn(row);
    else this.#begin(row);
    try {
      const waitedMs = this.#clock.monoMs() - startedMs;
      return await edit(Math.max(LEAST_MS, Math.ceil(EDIT_PATIENCE_MS - waitedMs)));
    } finally {
      this.#end(row);
    }
  }

  #mayBegin(row: string | null): boolean {
    return this.#running < this.#most && (row === null || (this.#ofRow.get(row) ?? 0) < MOST_OF_ONE_ROW);
  }

  #begin(row: string | null): void {
    this.#running += 1;
    if (row !== null) this.#ofRow.set(row, (this.#ofRow.get(row) ?? 0) + 1);
  }

  #turn(row: string | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const patience = this.#clock.after(EDIT_PATIENCE_MS, () => {
        this.#waiting.delete(waiting);
        reject(new DatabaseBusyError());
      });
      const waiting: Waiting = {
        row,
        begin: () => {
          patience.cancel();
          this.#waiting.delete(waiting);
          this.#begin(row);
          resolve();
        },
      };
      this.#waiting.add(waiting);
    });
  }

  #end(row: string | null): void {
    this.#running -= 1;
    if (row !== null) {
      const left = (this.#ofRow.get(row) ?? 1) - 1;
      if (left === 0) this.#ofRow.delete(row);
      else this.#ofRow.set(row, left);
    }
    // In the order in which they came, passing by those whose row is still taken.
    for (const waiting of this.#waiting) {
      if (this.#running >= this.#most) return;
      if (this.#mayBegin(waiting.row)) waiting.begin();
    }
  }
}
