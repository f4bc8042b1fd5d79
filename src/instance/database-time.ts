import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import { type ClockSample, RemoteClock } from '../base/remote-clock.ts';
import { ClockWatch } from './health/clock-watch.ts';

/** How late a pulse may be heard. A follower cannot tell such a delay from a clock that is behind. */
const PULSE_DELAY_MS = 10;

/** The database's clock as this instance knows it, and what it says about this host's. */
export class DatabaseTime {
  readonly clock: RemoteClock;
  readonly #local: Clock;
  readonly #watch: ClockWatch;

  constructor(local: Clock, health: Health) {
    this.#local = local;
    this.clock = new RemoteClock(local);
    this.#watch = new ClockWatch(health);
  }

  /** A heartbeat of this instance came back. */
  measured(sample: ClockSample): void {
    this.#watch.trip(sample);
    this.#add(sample);
  }

  /** The leader's pulse was heard, late by an unknown moment. Good enough for a follower, which arms nothing by it. */
  heard(databaseMs: number): void {
    const receivedMs = this.#local.monoMs();
    this.#add({ remoteMs: databaseMs, sentMs: receivedMs - PULSE_DELAY_MS, receivedMs });
  }

  #add(sample: ClockSample): void {
    this.clock.add(sample);
    this.#watch.offset(this.clock.aheadMs);
  }
}
