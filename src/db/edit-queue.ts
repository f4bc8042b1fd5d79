import type { Clock } from '../base/clock.ts';
import { DatabaseBusyError } from '../base/errors.ts';

/** How long an edit waits for a row that somebody else holds, milliseconds. */
export const EDIT_PATIENCE_MS = 2000;
/** How many edits of one row may hold a connection. PostgreSQL would only let a second one wait for the first. */
const MOST_OF_ONE_ROW = 1;
/** At least this much is always left of the patience: as a lock_timeout, 0 would mean for ever. */
const LEAST_MS = 50;

interface Waiting {
  row: string | null;
  begin(): void;
}

/**
 * Decides whose turn it is to edit. An edit that waits for a locked row keeps its connection meanwhile. So edits never
 * get all connections, and the edits of one row get few. The others wait here, where waiting costs nothing.
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
   * @param row the row that the edit may have to wait for; null: no particular row
   * @param edit gets the time that it may wait for locks, milliseconds
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
    // In order of arrival, skipping those whose row is still taken.
    for (const waiting of this.#waiting) {
      if (this.#running >= this.#most) return;
      if (this.#mayBegin(waiting.row)) waiting.begin();
    }
  }
}
