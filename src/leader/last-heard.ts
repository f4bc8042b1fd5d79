import type { Clock } from '../base/clock.ts';
import type { Message } from '../db/message.ts';

/** When the channel was last heard, and when anything last proved that a leader is alive. Monotonic. */
export class LastHeard {
  readonly #clock: Clock;
  #leaderSeenMs = Number.NEGATIVE_INFINITY;
  #heardMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#heardMs = clock.monoMs();
  }

  get leaderSeenMs(): number {
    return this.#leaderSeenMs;
  }

  get leaderSeenAgoMs(): number {
    return this.#clock.monoMs() - this.#leaderSeenMs;
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  hear(message: Message): void {
    this.#heardMs = this.#clock.monoMs();
    if (message.kind === 'pulse' || message.kind === 'term') this.#leaderSeenMs = this.#heardMs;
  }

  /** The database says that the leader wrote a heartbeat this long ago. */
  heartbeatWasRead(ageMs: number): void {
    this.#leaderSeenMs = this.#clock.monoMs() - ageMs;
  }

  isSilentFor(ms: number): boolean {
    return this.#clock.monoMs() - this.#heardMs > ms;
  }
}
