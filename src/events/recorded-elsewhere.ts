import type { Queryable } from '../db/database.ts';
import { type RecordedCount, readEndOfRecord, readTally } from '../db/read/tally.ts';

/**
 * Counts the transitions that this process did not make itself: those by triggers and by commands. Only the record
 * tells of them. One reading at a time, from where the last one ended.
 */
export class RecordedElsewhere {
  readonly #db: Queryable;
  readonly #instance: string;
  #after: string | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(db: Queryable, instance: string) {
    this.#db = db;
    this.#instance = instance;
  }

  /**
   * The first look finds where the record ends, and counts nothing.
   * @param withUnattributed count what no instance did as well; only the leader does, so that it is counted once
   * @throws DatabaseUnavailableError, and then the next look covers this one
   */
  sinceLastLook(withUnattributed: boolean): Promise<RecordedCount[]> {
    const look = this.#last.then(() => this.#look(withUnattributed));
    this.#last = look.catch(() => {});
    return look;
  }

  async #look(withUnattributed: boolean): Promise<RecordedCount[]> {
    if (this.#after === null) {
      this.#after = await readEndOfRecord(this.#db);
      return [];
    }
    const { upTo, counts } = await readTally(this.#db, this.#after, this.#instance, withUnattributed);
    this.#after = upTo;
    return counts;
  }
}
