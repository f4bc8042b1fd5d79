import type { Clock, Timer } from '../../base/clock.ts';
import type { Health, Trouble } from '../../base/health.ts';
import { type Blocker, blockerInWords, cureOf, readHoldersOfDue } from '../../db/blockers.ts';
import type { Queryable } from '../../db/database.ts';

const LOOK_EVERY_MS = 1000;
/** After so many looks that saw nobody, say that the reason is unknown. */
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
 * Reports who holds rows that are due. The advance skips them, so that they hold up no others. So no statement waits
 * for the holder, and block-watch.ts cannot find it.
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

  /** @param isHeld whether the advance has been skipping due stages for a while */
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
    // None are known if the database is away, or if this role may not see them.
    const holders = await readHoldersOfDue(this.#db).catch(() => []);
    if (!this.#isHeld || this.#timer !== null) return;
    this.#unseen = holders.length > 0 ? 0 : this.#unseen + 1;
    if (holders.length > 0) this.#health.note('held', heldBy(holders));
    else if (this.#unseen >= MOST_UNSEEN) this.#health.note('held', UNSEEN);
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => void this.#look());
  }
}
