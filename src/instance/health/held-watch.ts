import type { Clock, Timer } from '../../base/clock.ts';
import type { Health, Trouble } from '../../base/health.ts';
import { type Blocker, blockerInWords, cureOf, readHoldersOfDue } from '../../db/blockers.ts';
import type { Queryable } from '../../db/database.ts';

const LOOK_EVERY_MS = 1000;
/** So many looks at which nobody was seen: then it is something that we do not know of. */
const MOST_UNSEEN = 3;

const UNSEEN: Trouble = {
  cause: 'stages that are due are not moved, and nobody is seen to hold their rows',
  cure: 'look for advance_failed and plan_failed in the log of this instance, and run stagebell doctor',
};

const heldBy = (holders: readonly Blocker[]): Trouble => ({
  cause: 'another session holds rows of stages that are due: they stay behind until its transaction ends',
  cure: `end its transaction, or the session: ${cureOf(holders)}`,
  detail: holders.map(blockerInWords).join('; '),
});

/**
 * Says who holds rows that are due. The advance passes them by, so that they keep nobody else waiting, and so no
 * statement takes long and no chain of waiting shows who it is.
 */
export class HeldWatch {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #health: Health;
  #isHeld = false;
  #unseen = 0;
  #timer: Timer | null = null;

  /** @param db a connection that waits for nobody */
  constructor(db: Queryable, clock: Clock, health: Health) {
    this.#db = db;
    this.#clock = clock;
    this.#health = health;
  }

  /** @param isHeld stages have been due for a while and the advance passes them by; or do so no more */
  noted(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.#unseen = 0;
    if (isHeld) void this.#look();
    else {
      this.#timer?.cancel();
      this.#timer = null;
      this.#health.note('held', null);
    }
  }

  async #look(): Promise<void> {
    this.#timer = null;
    // Not known: the database is away, or this role may not know.
    const holders = await readHoldersOfDue(this.#db).catch(() => []);
    if (!this.#isHeld || this.#timer !== null) return;
    this.#unseen = holders.length > 0 ? 0 : this.#unseen + 1;
    if (holders.length > 0) this.#health.note('held', heldBy(holders));
    else if (this.#unseen >= MOST_UNSEEN) this.#health.note('held', UNSEEN);
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => void this.#look());
  }
}
