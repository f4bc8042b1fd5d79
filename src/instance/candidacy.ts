import type { Clock, Timer } from '../base/clock.ts';
import type { Leadership } from '../leader/leadership.ts';
import type { KeptSessions } from './sessions/kept-sessions.ts';

/**
 * Whether this instance stands for leadership at all. One that has lost a connection to ring by, and cannot open it
 * again within a lease, hands over: somebody who has all it takes may lead. It stands again once it has them.
 */
export class Candidacy {
  readonly #kept: KeptSessions<string>;
  readonly #stand: () => Leadership;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #leadership: Leadership | null;
  #patience: Timer | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #isOver = false;
  #wasMissing = false;

  /** @param stand begins to follow and to lead */
  constructor(kept: KeptSessions<string>, stand: () => Leadership, leaseMs: number, clock: Clock) {
    this.#kept = kept;
    this.#stand = stand;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#leadership = stand();
    kept.onChange = () => this.#reconsider();
    this.#reconsider();
  }

  /** null while this instance stands aside. */
  get leadership(): Leadership | null {
    return this.#leadership;
  }

  /** Hands over, for good. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#patience?.cancel();
    await this.#leaving;
    await this.#leadership?.stop();
  }

  #reconsider(): void {
    this.#patience?.cancel();
    if (this.#isOver) return;
    const { missingForMs } = this.#kept;
    const isBack = this.#wasMissing && missingForMs === 0;
    this.#wasMissing = missingForMs > 0;
    if (isBack) this.#leadership?.databaseIsBack();
    if (missingForMs === 0) this.#leadership ??= this.#stand();
    else this.#patience = this.#clock.after(this.#leaseMs - missingForMs, () => this.#standAside());
  }

  #standAside(): void {
    const leadership = this.#leadership;
    if (leadership === null || this.#kept.missingForMs === 0) return;
    this.#leaving = leadership.stop().then(() => {
      if (this.#leadership === leadership) this.#leadership = null;
      this.#reconsider();
    });
  }
}
