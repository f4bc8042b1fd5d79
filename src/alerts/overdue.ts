import type { Clock } from '../base/clock.ts';
import type { Alerts } from '../domain/alert.ts';
import { KIND } from './kinds.ts';

/** Stages that are due and do not move, as the leader's heartbeats count them. */
export class Overdue {
  readonly #alerts: Alerts;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  /** Monotonic; null: nothing is overdue. */
  #sinceMs: number | null = null;
  #isRaised = false;

  /** @param patienceMs how long something is overdue before the alert is raised */
  constructor(alerts: Alerts, clock: Clock, patienceMs: number) {
    this.#alerts = alerts;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /** A term of ours begins: what was before is another leader's. */
  termBegins(): void {
    this.#sinceMs = null;
    this.#isRaised = false;
  }

  /** An earlier leader has raised it. */
  isOpen(): void {
    this.#isRaised = true;
  }

  /** @param missed boundaries that should have been crossed a second ago */
  counted(missed: number): void {
    if (missed > 0) this.#isOverdue(missed);
    else this.#isWell();
  }

  #isOverdue(missed: number): void {
    const now = this.#clock.monoMs();
    this.#sinceMs ??= now;
    if (this.#isRaised || now - this.#sinceMs < this.#patienceMs) return;
    this.#isRaised = true;
    this.#alerts.raise(
      {
        kind: KIND.overdue,
        severity: 'critical',
        cause: 'stages are due and do not change their status',
        cure: 'stagebell doctor says why; docs/operations.md, "Overdue is above 0"',
        detail: `${missed} boundaries`,
      },
      now - this.#sinceMs,
    );
  }

  #isWell(): void {
    this.#sinceMs = null;
    if (this.#isRaised) this.#alerts.resolve(KIND.overdue);
    this.#isRaised = false;
  }
}
