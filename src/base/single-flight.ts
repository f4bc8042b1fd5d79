import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';

export interface Flight {
  /** Whether there is anything to do now. */
  isWanted(): boolean;
  /** Does what is wanted now. If it throws, it has put back what it could not do. */
  once(): Promise<void>;
}

/**
 * Work that is done by one run at a time. What is asked for during a run is done by the next one. A run that fails is
 * tried again with back-off until it is stopped.
 */
export class SingleFlight {
  readonly #flight: Flight;
  readonly #backoff: Backoff;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(flight: Flight, backoff: Backoff, clock: Clock) {
    this.#flight = flight;
    this.#backoff = backoff;
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Something is wanted: see to it, now or after what is under way. */
  start(): void {
    if (this.isStopped) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // It may have been asked for just as the run ended.
      if (this.#flight.isWanted()) this.start();
    });
  }

  /** Resolves when nothing is in flight; nothing is started after it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#flight.isWanted() && !this.isStopped) {
      try {
        await this.#flight.once();
        this.#backoff.reset();
      } catch {
        await this.#clock.sleep(this.#backoff.next(), this.#stop.signal);
      }
    }
  }
}
