import type { Clock, Timer } from '../base/clock.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import type { Leadership } from '../leader/leadership.ts';
import type { KeptSessions } from './sessions/kept-sessions.ts';

export interface CandidacyOptions {
  kept: KeptSessions;
  leaseMs: number;
  clock: Clock;
  dispatcher: Dispatcher;
}

/**
 * Whether this instance stands for leadership at all. If it has lost a connection that it needs to ring, and cannot
 * open it again within a lease, it hands over, so that an instance with all its connections leads. Then it stands
 * again.
 */
export class Candidacy {
  readonly #o: CandidacyOptions;
  #startLeadership: () => Leadership = () => {
    throw new Error('The candidacy was not started.');
  };
  #leadership: Leadership | null = null;
  #patience: Timer | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #isOver = false;
  #wasMissing = false;

  constructor(options: CandidacyOptions) {
    this.#o = options;
    const { dispatcher } = options;
    dispatcher.on(['edit', 'pulse', 'term', 'vacant', 'unlocked'], (message) => this.#leadership?.hear(message));
    dispatcher.on(['missed'], () => this.#leadership?.listening());
  }

  /** @param startLeadership begins to follow, and to lead when it is our turn */
  start(startLeadership: () => Leadership): void {
    this.#startLeadership = startLeadership;
    this.#leadership = startLeadership();
    this.#o.kept.onChange = () => this.#reconsider();
    this.#reconsider();
  }

  /** null while this instance stands aside, and before the start. */
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
    const { missingForMs } = this.#o.kept;
    const isBack = this.#wasMissing && missingForMs === 0;
    this.#wasMissing = missingForMs > 0;
    if (isBack) this.#leadership?.databaseIsBack();
    if (missingForMs === 0) this.#leadership ??= this.#startLeadership();
    else this.#patience = this.#o.clock.after(this.#o.leaseMs - missingForMs, () => this.#standAside());
  }

  #standAside(): void {
    const leadership = this.#leadership;
    if (leadership === null || this.#o.kept.missingForMs === 0) return;
    this.#leaving = leadership.stop().then(() => {
      if (this.#leadership === leadership) this.#leadership = null;
      this.#reconsider();
    });
  }
}
