import type { Clock, Timer } from '../base/clock.ts';
import type { Queryable } from '../db/database.ts';
import { noteUses } from '../db/read/keys.ts';

const EVERY_MS = 60_000;
/** Uses that come together are written together. */
const GATHER_MS = 1000;

/** When keys were last used: written beside the requests, at most once a minute, and not at all while none is used. */
export class LastUses {
  readonly #db: Queryable;
  readonly #clock: Clock;
  /** Monotonic, by the id of the key. */
  readonly #used = new Map<string, number>();
  #timer: Timer | null = null;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(db: Queryable, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  note(id: string): void {
    const nowMs = this.#clock.monoMs();
    this.#used.set(id, nowMs);
    if (this.#timer !== null || this.#isClosed) return;
    const waitMs = Math.max(GATHER_MS, this.#writtenMs + EVERY_MS - nowMs);
    this.#timer = this.#clock.after(waitMs, () => this.#write());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #write(): void {
    const nowMs = this.#clock.monoMs();
    const agoMs = new Map([...this.#used].map(([id, usedMs]) => [id, nowMs - usedMs]));
    this.#used.clear();
    this.#timer = null;
    this.#writtenMs = nowMs;
    // Nothing rests on it.
    noteUses(this.#db, agoMs).catch(() => {});
  }
}
