import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../db/database.ts';
import { renew } from './claims.ts';
import type { Roster } from './roster.ts';
import type { Turns } from './turns.ts';

export interface RenewalOptions {
  self: string;
  database: Database;
  clock: Clock;
  log: Log;
  turns: Turns;
  roster: Roster;
  leaseMs: number;
}

/** Prolongs the leases of couriers at work: an attempt may take as long as a lease, and writes nothing meanwhile. */
export class Renewal {
  readonly #o: RenewalOptions;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: RenewalOptions) {
    this.#o = options;
  }

  /** For as long as any courier is at work. */
  start(): void {
    const { roster, clock, leaseMs } = this.#o;
    if (this.#isStopped || roster.atWork.length === 0) return;
    this.#timer ??= clock.after(leaseMs / 3, () => {
      this.#timer = null;
      void this.#renew();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #renew(): Promise<void> {
    const { self, database, clock, log, turns, roster, leaseMs } = this.#o;
    const ids = roster.atWork;
    if (ids.length === 0 || this.#isStopped) return;
    const askedMs = clock.monoMs();
    try {
      const still = new Set(await turns.take(() => renew(database, self, leaseMs, ids)));
      for (const id of ids) {
        if (still.has(id)) roster.noteLease(id, askedMs + leaseMs);
        else roster.ours.get(id)?.courier.lose();
      }
    } catch (error) {
      log.debug({ event: 'webhook_retry', error: messageOf(error) });
    }
    this.start();
  }
}
