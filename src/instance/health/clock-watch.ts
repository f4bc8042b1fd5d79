import type { Health } from '../../base/health.ts';
import type { ClockSample } from '../../base/remote-clock.ts';

const MOST_OFFSET_MS = 1000;
/** The best of so many round trips counts. */
const REMEMBERED = 5;
const SLOW_MS = 50;
/** It is well again below this. Between the two nothing changes, so that it does not flap. */
const FAST_MS = 35;

/** What heartbeats also show: whether this host's clock is right, and how far away the database is. */
export class ClockWatch {
  readonly #health: Health;
  readonly #trips: number[] = [];
  #isSlow = false;

  constructor(health: Health) {
    this.#health = health;
  }

  /** The database's clock minus this host's. */
  offset(ms: number): void {
    const isWrong = Math.abs(ms) > MOST_OFFSET_MS;
    this.#health.note(
      'clock',
      isWrong
        ? {
            cause:
              "this host's clock is more than a second away from the database's: times in this log are wrong, bells are not",
            cure: 'set the clock of this host (NTP); if the database is the one that is wrong, set that one, because it decides',
            detail: `the database is ${Math.round(Math.abs(ms))} ms ${ms < 0 ? 'behind' : 'ahead'}`,
          }
        : null,
    );
  }

  /** A heartbeat came back. One slow trip may only mean a busy moment, so the best of the last few counts. */
  trip({ sentMs, receivedMs }: Pick<ClockSample, 'sentMs' | 'receivedMs'>): void {
    this.#trips.push(receivedMs - sentMs);
    if (this.#trips.length > REMEMBERED) this.#trips.shift();
    if (this.#trips.length < REMEMBERED) return;
    const best = Math.min(...this.#trips);
    if (this.#isSlow ? best > FAST_MS : best <= SLOW_MS) return;
    this.#isSlow = !this.#isSlow;
    this.#health.note(
      'latency',
      this.#isSlow
        ? {
            cause: 'the database takes long to answer: every bell is late by half of that or more',
            cure: 'put instances and database into one network; look for a proxy, a VPN or TLS inspection between them, and at the load and the disk of the database',
            detail: `a heartbeat takes ${Math.round(best)} ms at best`,
          }
        : null,
    );
  }
}
