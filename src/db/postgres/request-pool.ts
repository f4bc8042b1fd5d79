import type pg from 'pg';
import type { Clock, Timer } from '../../base/clock.ts';
import { DatabaseUnavailableError } from '../../base/errors.ts';
import type { RequestEvents } from '../database.ts';
import { asNoConnection } from '../faults.ts';
import { troubleOf } from '../troubles.ts';
import { OWN_CONNECTIONS } from './room.ts';
import { cut } from './session.ts';

/** Internals of pg-pool that we use. */
interface Inside {
  options: { max: number };
  _idle: { client: pg.Client }[];
  _remove(client: pg.Client): void;
  _pulseQueue(): void;
}
type Pool = pg.Pool & Inside;

/** A pool that leaves room for other instances keeps this many. */
const FEWEST = 2;
/** A pool that has given way may grow again after this long. */
const GROWS_AFTER_MS = 10_000;
/** While the instance lacks connections of its own, a request waits this long before it is refused. */
const PATIENCE_MS = 1000;
/** If a request waits longer than this for a connection, the pool counts as exhausted. */
const MOMENT_MS = 1000;

/**
 * The connections for requests, which come second. None is opened while the instance lacks one for its own work. If the
 * server has no more, one is closed to make room.
 */
export class RequestPool {
  readonly #max: number;
  readonly #clock: Clock;
  #pool: Pool | null = null;
  #isHeld = false;
  /** How many connections it may have now. */
  #most: number;
  #growth: Timer | null = null;
  /** How many to close once their requests are done. */
  #toClose = 0;
  #onAdmit = new Set<() => void>();
  readonly #waiting = new Set<Timer>();
  /**
   * Checks whether there are connections again. Requests would show it, but an instance that is not ready gets none.
   */
  #probe: Timer | null = null;
  #connectBare: (() => Promise<pg.PoolClient>) | null = null;
  #isExhausted = false;
  events: RequestEvents = { onExhausted: () => {}, onError: () => {} };

  constructor(max: number, clock: Clock) {
    this.#max = max;
    this.#most = max;
    this.#clock = clock;
  }

  /** Takes over the pool that the ORM made. */
  adopt(pool: pg.Pool): void {
    this.#pool = pool as Pool;
    const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
    this.#connectBare = connect;
    Object.assign(pool, { connect: () => this.#connect(connect) });
    pool.on('release', (_error, client) => {
      if (this.#toClose === 0) return;
      this.#toClose -= 1;
      cut(client as unknown as pg.Client);
    });
    this.#apply();
  }

  /** Whether new connections may be opened. */
  admit(isOpen: boolean): void {
    this.#isHeld = !isOpen;
    if (isOpen) this.#most = Math.max(1, this.#most);
    this.#apply();
  }

  /** The server refused a connection for the instance's own work: makes room for it. */
  giveWay(): void {
    const pool = this.#pool;
    if (pool === null || pool.totalCount === 0) return;
    this.#shrinkTo(pool.totalCount - 1 - this.#toClose);
    const idle = pool._idle[0];
    if (idle !== undefined) pool._remove(idle.client);
    else if (this.#toClose < pool.totalCount) this.#toClose += 1;
  }

  /** A connection was opened. @param room how many more the server would allow now; null: no limit */
  opened(room: number | null): void {
    const total = this.#pool?.totalCount ?? 0;
    // If connections are short, another instance must still be able to start.
    if (room === null || room >= OWN_CONNECTIONS || total <= FEWEST) return;
    this.#shrinkTo(total - 1);
    this.#toClose += 1;
  }

  close(): void {
    this.#growth?.cancel();
    this.#probe?.cancel();
    this.#connectBare = null;
    for (const timer of this.#waiting) timer.cancel();
  }

  #connect(connect: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    const isAtHand = !this.#isExhausted && (this.#pool?._idle.length ?? 0) > 0;
    return isAtHand ? connect() : this.#connectInTurn(connect);
  }

  async #connectInTurn(connect: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    const moment = this.#clock.after(MOMENT_MS, () => this.#noteExhausted(true));
    this.#waiting.add(moment);
    try {
      await this.#admitted();
      return await connect();
    } catch (error) {
      if (troubleOf(error)?.part !== 'connections') throw asNoConnection(error);
      const total = this.#pool?.totalCount ?? 0;
      this.#shrinkTo(total);
      // Use one of the existing connections, if there are any.
      if (total > 0) return await connect();
      this.#noteExhausted(true);
      throw error;
    } finally {
      moment.cancel();
      this.#waiting.delete(moment);
      if (this.#pool !== null && this.#pool.waitingCount === 0 && this.#pool.totalCount > 0) this.#noteExhausted(false);
    }
  }

  /** @throws DatabaseUnavailableError if the instance still lacks connections of its own */
  async #admitted(): Promise<void> {
    if (!this.#isHeld || (this.#pool?.totalCount ?? 0) > 0) return;
    const isAdmitted = await new Promise<boolean>((resolve) => {
      const admit = (): void => {
        timer.cancel();
        resolve(true);
      };
      const timer = this.#clock.after(PATIENCE_MS, () => {
        this.#onAdmit.delete(admit);
        resolve(false);
      });
      this.#onAdmit.add(admit);
    });
    if (!isAdmitted)
      throw new DatabaseUnavailableError("The instance's own connections come first, and are not all open.");
  }

  #shrinkTo(most: number): void {
    this.#most = Math.max(0, most);
    this.#growth?.cancel();
    this.#growth = this.#clock.after(GROWS_AFTER_MS, () => {
      this.#most = this.#max;
      this.#apply();
    });
    this.#apply();
  }

  #apply(): void {
    const pool = this.#pool;
    if (pool !== null) {
      pool.options.max = this.#isHeld ? Math.min(this.#most, pool.totalCount) : this.#most;
      for (let room = pool.options.max - pool.totalCount; room > 0 && pool.waitingCount > 0; room--) pool._pulseQueue();
    }
    if (this.#isHeld) return;
    const admitted = [...this.#onAdmit];
    this.#onAdmit.clear();
    for (const admit of admitted) admit();
  }

  #noteExhausted(isExhausted: boolean): void {
    if (this.#isExhausted === isExhausted) return;
    this.#isExhausted = isExhausted;
    this.events.onExhausted(isExhausted);
    this.#probe?.cancel();
    if (isExhausted) this.#probeSoon();
  }

  #probeSoon(): void {
    this.#probe = this.#clock.after(MOMENT_MS, async () => {
      const client = await this.#connectBare?.().catch(() => null);
      client?.release();
      if (!this.#isExhausted || this.#connectBare === null) return;
      if (client && this.#pool?.waitingCount === 0) this.#noteExhausted(false);
      else this.#probeSoon();
    });
  }
}
