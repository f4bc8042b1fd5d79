import type { Queryable } from '../db/database.ts';
import { RECORD_GREW } from '../db/names.ts';
import { say } from '../db/say.ts';

/**
 * Tells all instances that the record grew, after an advance. Not in the transaction of the advance: a NOTIFY takes one
 * lock for the whole server until the commit is on the disk, and a bell would wait there for others. One notice covers
 * everything that was moved while the one before was being sent. If one is lost, the next heartbeat says where the
 * record ends.
 */
export class RecordNotice {
  readonly #db: Queryable;
  #isWanted = false;
  #isUnderWay = false;

  constructor(db: Queryable) {
    this.#db = db;
  }

  say(): void {
    this.#isWanted = true;
    if (!this.#isUnderWay) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await say(this.#db, RECORD_GREW).catch(() => {});
    }
    this.#isUnderWay = false;
  }
}
