import type { Queryable } from '../db/database.ts';
import { RECORD_GREW } from '../db/names.ts';
import { say } from '../db/say.ts';

/**
 * Tells all instances that the record grew, after an advance and beside it. Not in its transaction: whoever has said
 * something holds a lock until the commit is on the disk, one lock for the whole server, and a bell would wait there
 * for strangers. One notice for whatever was moved while the one before was under way. A lost one is made good by the
 * next heartbeat, which says where the record ends.
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
