import type { Clock } from '../base/clock.ts';
import { DatabaseBusyError } from '../base/errors.ts';

/** Edits of one row that may hold a connection: one has the row, and the next ones are there when it lets go. */
const MOST_OF_ONE_ROW = 3;

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
  readonly #patienceMs: number;
  readonly #clock: Clock;
  #running = 0;
  readonly #ofRow = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();

  constructor(most: number, patienceMs: number, clock: Clock) {
    this.#most = most;
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** @param row what the edit may have to wait for; null: nothing in particular @throws DatabaseBusyError */
  async run<T>(row: string | null, edit: () => Promise<T>): Promise<T> {
    if (!this.#mayBegin(row)) await this.#turn(row);
    else this.#begin(row);
    try {
      return await edit();
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
      const patience = this.#clock.after(this.#patienceMs, () => {
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
