import type { Clock } from '../base/clock.ts';
import type { Queryable } from '../db/database.ts';
import { forgetPlans } from '../db/leading/advance.ts';

/** A full batch should take a tenth of this. */
const SLOW_MS = 250;
/** Not more often, because on a slow machine the plans are not to blame. */
const REPLAN_EVERY_MS = 1000;

/**
 * The plans of the sessions that ring. One that was made while the table was small can take a thousand times as long on
 * a large one, and PostgreSQL keeps it until the table is analysed again. So after a slow batch all are discarded.
 */
export class Plans {
  readonly #sessions: readonly Queryable[];
  readonly #clock: Clock;
  #madeMs = Number.NEGATIVE_INFINITY;

  constructor(sessions: readonly Queryable[], clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** A full batch took this long. */
  took(ms: number): void {
    const nowMs = this.#clock.monoMs();
    if (ms <= SLOW_MS || nowMs - this.#madeMs < REPLAN_EVERY_MS) return;
    this.#madeMs = nowMs;
    for (const session of this.#sessions) forgetPlans(session).catch(() => {});
  }
}
