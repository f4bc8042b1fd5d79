import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { ClockSample } from '../base/remote-clock.ts';
import { Signal } from '../base/signal.ts';
import type { Queryable } from '../db/database.ts';
import { type DealtWith, type Heartbeat, NOTHING, readOverdue, sendHeartbeat } from '../db/leading/heartbeat.ts';
import { isOfTime } from '../db/leading/stuck.ts';
import type { Term } from '../db/leading/term.ts';

export interface HeartbeatsOptions {
  db: Queryable;
  term: Term;
  leaseMs: number;
  clock: Clock;
  log: Log;
  /** What need not be counted as missed. */
  dealtWith?: () => DealtWith;
  /** One of so many heartbeats is written. */
  writeEvery?: number;
}

/**
 * Counting from the beginning takes long while an old snapshot keeps dead rows from being cleaned up. Then most
 * heartbeats skip what is known to be dealt with, and one that counts everything is followed by a pause so many times
 * as long.
 */
const WHOLE_SHARE = 20;
/** A count that takes less than this needs no such pause. */
const CHEAP_MS = 20;
/** A failed heartbeat is tried again several times within the lease after which the database is given up. */
const RETRY_LEASES = { first: 1 / 20, most: 1 / 4 } as const;

export interface HeartbeatsEvents {
  /**
   * A heartbeat was written.
   * @param missed boundaries that should have been crossed a second ago; null: they could not be counted
   * @param queueUsage how full the notification queue is, 0 to 1
   */
  onHeartbeat(sample: ClockSample, missed: number | null, queueUsage: number): void;
  /** One was written, and it is time for the next. @param sentMs when it was sent, monotonic */
  onRest(sentMs: number): void;
}

/** The leader's one statement a lease: renews the term's heartbeat, samples the clock, counts what was missed. */
export class Heartbeats {
  readonly #o: HeartbeatsOptions;
  readonly #hurry: Signal;
  #sent = 0;
  /** When everything is counted again, monotonic. */
  #nextWholeMs = Number.NEGATIVE_INFINITY;
  /**
   * A count ran out of time, because somebody has locked the table. To keep the term, heartbeats count nothing then.
   */
  #isCountStuck = false;

  constructor(options: HeartbeatsOptions) {
    this.#o = options;
    this.#hurry = new Signal(options.clock);
  }

  /** Sends one now. Only the database can say whether the term is still ours. */
  hurry(): void {
    this.#hurry.wake();
  }

  /**
   * Sends one once a lease, more often while it fails.
   * @returns why it stopped: the term is somebody else's, or the database has been out of reach for a
   *   lease; null when `over` aborted
   */
  async sendUntil(over: AbortSignal, events: HeartbeatsEvents): Promise<'deposed' | 'database' | null> {
    const { clock, leaseMs, log, writeEvery = 1 } = this.#o;
    const backoff = new Backoff(RETRY_LEASES.first * leaseMs, RETRY_LEASES.most * leaseMs);
    let failingSinceMs: number | null = null;
    let nextMs = clock.monoMs();
    over.addEventListener('abort', () => this.#hurry.wake(), { once: true });
    while (!over.aborted) {
      const sentMs = clock.monoMs();
      const isSilent = this.#sent % writeEvery > 0;
      try {
        if (!(await this.#sendOne(sentMs, isSilent, events))) return 'deposed';
        this.#sent += 1;
        failingSinceMs = null;
        backoff.reset();
        if (this.#isCountStuck) await this.#tryToCount();
        nextMs = Math.max(nextMs + leaseMs, clock.monoMs());
        const isHurried = await this.#hurry.wait(nextMs - clock.monoMs());
        // After one that came early, the next comes a lease later.
        if (isHurried) nextMs = clock.monoMs();
        else if (!isSilent) events.onRest(sentMs);
      } catch (error) {
        failingSinceMs ??= sentMs;
        log.debug({ event: 'heartbeat_failed', error: messageOf(error) });
        if (clock.monoMs() - failingSinceMs > leaseMs) return 'database';
        await this.#hurry.wait(backoff.next());
      }
    }
    return null;
  }

  /** @returns false if the term is no longer ours */
  async #sendOne(sentMs: number, isSilent: boolean, events: HeartbeatsEvents): Promise<boolean> {
    const { db, term, clock } = this.#o;
    const isWhole = sentMs >= this.#nextWholeMs;
    let beganMs = sentMs;
    let heartbeat: Heartbeat | null = null;
    if (!this.#isCountStuck) {
      try {
        const known = this.#dealtWith;
        heartbeat = await sendHeartbeat(db, term, isWhole ? { ...known, beforeMs: null } : known, isSilent);
      } catch (error) {
        if (!isOfTime(error)) throw error;
        this.#isCountStuck = true;
        beganMs = clock.monoMs();
        if (isWhole) this.#nextWholeMs = beganMs + WHOLE_SHARE * (beganMs - sentMs);
      }
    }
    const isBare = heartbeat === null;
    heartbeat ??= await sendHeartbeat(db, term, null);
    const { isCurrent, databaseMs, missed, queueUsage, tookMs } = heartbeat;
    const receivedMs = clock.monoMs();
    if (!isBare && isWhole && tookMs > CHEAP_MS) this.#nextWholeMs = receivedMs + WHOLE_SHARE * tookMs;
    const sample = { remoteMs: databaseMs, sentMs: beganMs, receivedMs };
    if (isCurrent) events.onHeartbeat(sample, isBare ? null : missed, queueUsage);
    return isCurrent;
  }

  /** If counting works again, the next heartbeat comes at once and counts. */
  async #tryToCount(): Promise<void> {
    try {
      await readOverdue(this.#o.db, this.#dealtWith);
      this.#isCountStuck = false;
      this.hurry();
    } catch {
      // The next heartbeat shows whether the database is away.
    }
  }

  get #dealtWith(): DealtWith {
    return this.#o.dealtWith?.() ?? NOTHING;
  }
}
