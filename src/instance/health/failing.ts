import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Health } from '../../base/health.ts';
import type { Work } from '../../scheduler/term-health.ts';

const DOES: Record<Work, string> = {
  advance: 'the statement that moves what is due fails, and is tried again',
  plan: 'what is to be armed cannot be read, so bells are late until the next sweep',
};
/** A failure that is over within this is not reported. */
const MOMENT_MS = 1000;

/** Says that the leader cannot do its work where no other trouble says why. */
export class Failing {
  readonly #clock: Clock;
  readonly #health: Health;
  /** Since when each has not succeeded, monotonic. */
  readonly #sinceMs = new Map<Work, number>();

  constructor(clock: Clock, health: Health) {
    this.#clock = clock;
    this.#health = health;
  }

  /** @param error null: it has succeeded */
  tried(work: Work, error: unknown): void {
    if (error === null) this.#succeeded(work);
    else this.#failed(work, error);
  }

  #failed(work: Work, error: unknown): void {
    const sinceMs = this.#sinceMs.get(work) ?? this.#clock.monoMs();
    this.#sinceMs.set(work, sinceMs);
    const isKnown = this.#health.degraded.some((part) => part !== work);
    if (isKnown || this.#clock.monoMs() - sinceMs < MOMENT_MS) return;
    this.#health.note(work, {
      cause: DOES[work],
      cure: 'see the detail; stagebell doctor looks for causes',
      detail: messageOf(error),
    });
  }

  #succeeded(work: Work): void {
    if (this.#sinceMs.delete(work)) this.#health.note(work, null);
  }

  /** The term is over. */
  forget(): void {
    for (const work of [...this.#sinceMs.keys()]) this.#succeeded(work);
  }
}
