import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Database } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { WEBHOOKS_CHANGED } from '../db/names.ts';
import { say } from '../db/say.ts';
import { Settled } from '../events/settled.ts';
import { type Census, readCensus } from './census.ts';
import { type Found, look, release } from './claims.ts';
import { Courier, type CourierEvents } from './courier.ts';
import type { Endpoint } from './endpoint.ts';
import { Growth } from './growth.ts';
import { PLAN, type Plan } from './plan.ts';
import { Renewal } from './renewal.ts';
import { Roster } from './roster.ts';
import type { Sender } from './sender.ts';
import { Tidy } from './tidy.ts';
import { Turns } from './turns.ts';

export interface PostOfficeOptions {
  /** This start of this instance. */
  self: string;
  database: Database;
  dispatcher: Dispatcher;
  sender: Pick<Sender, 'send' | 'close'>;
  clock: Clock;
  random: () => number;
  log: Log;
  on: Pick<CourierEvents, 'attempted' | 'disabled'> & { counted(census: Census): void };
  /** Whether this instance leads: then it has bells to ring first. */
  leads(): boolean;
  plan?: Plan;
  leaseMs?: number;
}

/** For how long an instance delivers for a webhook without saying that it still does. */
const LEASE_MS = 15_000;
const MOST_AT_ONCE = 256;
const MOST_STATEMENTS = 2;
const [STOP_MS, FIRST_RETRY_MS, MOST_RETRY_MS, LONGEST_TIMER_MS] = [2000, 250, 10_000, 2 ** 31 - 1];
/** How often an instance looks for webhooks where nothing can be heard. */
const UNHEARD_MS = 60_000;

/**
 * Sees to it that each active webhook that has something to do has a courier on exactly one instance. Nobody polls: an
 * instance looks when the record has grown, when webhooks were changed, when a delivery is due again, and when the lease
 * of an instance ends that had something to do. With no webhook it asks nothing.
 */
export class PostOffice {
  readonly #o: PostOfficeOptions;
  readonly #leaseMs: number;
  readonly #settled: Settled;
  readonly #turns = new Turns(MOST_STATEMENTS);
  readonly #flight: SingleFlight;
  readonly #roster = new Roster();
  readonly #renewal: Renewal;
  readonly #tidy: Tidy;
  readonly #growth: Growth;
  #isStarted = false;
  #wantsLook = false;
  #isLooking = false;
  #wantsCensus = false;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #due: Timer | null = null;

  constructor(options: PostOfficeOptions) {
    this.#o = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#settled = new Settled(() => options.database.em());
    const once = { isWanted: () => this.#wantsLook, once: () => this.#look() };
    this.#flight = new SingleFlight(once, new Backoff(FIRST_RETRY_MS, MOST_RETRY_MS), options.clock);
    const around = { ...options, turns: this.#turns, roster: this.#roster, leaseMs: this.#leaseMs };
    this.#renewal = new Renewal(around);
    this.#tidy = new Tidy({ ...around, isStopped: () => this.#flight.isStopped });
    const { dispatcher } = options;
    this.#growth = new Growth({ ...options, settled: this.#settled, onGrown: () => this.#grown() });
    dispatcher.on(['webhooks', 'missed'], () => this.#changed());
    dispatcher.on(['silence'], () => this.#silence());
  }

  /** Once the database was reached. */
  start(): void {
    this.#isStarted = true;
    this.#changed();
    void this.tidy();
  }

  /** Deletes what deleted webhooks have left. */
  tidy(): Promise<void> {
    return this.#tidy.orphans();
  }

  /** What is under way may end; then another instance may go on at once. */
  async stop(): Promise<void> {
    const { database, sender, clock, self } = this.#o;
    this.#wantsLook = false;
    this.#renewal.stop();
    this.#growth.stop();
    this.#due?.cancel();
    const done = (async () => {
      await this.#flight.stop();
      const couriers = [...this.#roster.ours.values()];
      await Promise.all(couriers.map(({ courier }) => courier.stop(STOP_MS)));
      if (couriers.length > 0 && (await release(database, self))) await say(database, WEBHOOKS_CHANGED);
    })().catch(() => {});
    const isDone = new AbortController();
    await Promise.race([done, clock.sleep(STOP_MS + 1000, isDone.signal)]);
    isDone.abort();
    sender.close();
  }

  /** Webhooks were changed, or may have been. */
  #changed(): void {
    this.#wantsCensus = true;
    this.#lookNow();
  }

  #lookNow(): void {
    if (!this.#isStarted || this.#flight.isStopped) return;
    this.#wantsLook = true;
    this.#flight.start();
  }

  #grown(): void {
    // A look that is under way may have been too early to see it.
    if (this.#isLooking) this.#lookNow();
    if (this.#roster.isEmpty || this.#flight.isStopped) return;
    if (this.#roster.grown(this.#o.clock.monoMs())) this.#lookNow();
    else this.#arm();
  }

  /** Nothing is heard, perhaps behind a transaction pooler. */
  #silence(): void {
    if (!this.#roster.isEmpty) this.#growth.grown();
    else if (this.#o.clock.monoMs() - this.#lookedMs >= UNHEARD_MS) this.#lookNow();
  }

  async #look(): Promise<void> {
    const { database, self, clock } = this.#o;
    this.#wantsLook = false;
    this.#isLooking = true;
    try {
      const found = await this.#turns.take(() => look(database, self, this.#leaseMs));
      this.#lookedMs = clock.monoMs();
      if (this.#flight.isStopped) return;
      this.#know(found);
      if (this.#wantsCensus) this.#o.on.counted(await this.#turns.take(() => readCensus(database)));
      this.#wantsCensus = false;
    } catch (error) {
      this.#wantsLook = true;
      throw error;
    } finally {
      this.#isLooking = false;
    }
  }

  #know(all: readonly Found[]): void {
    this.#roster.keepOnly(new Set(all.map(({ endpoint }) => endpoint.id)), STOP_MS);
    for (const found of all) {
      this.#growth.isKnown(found.recordEnd);
      if (found.isMine) this.#deliver(found.endpoint);
      else this.#leave(found);
    }
    this.#arm();
  }

  /** It is ours, from now on or still. */
  #deliver(endpoint: Endpoint): void {
    const leaseEndMs = this.#lookedMs + this.#leaseMs;
    const entry = this.#roster.ours.get(endpoint.id);
    if (entry === undefined || entry.courier.isOver) {
      const courier = this.#hire(endpoint);
      this.#roster.ours.set(endpoint.id, { courier, leaseEndMs });
      courier.start();
      return;
    }
    // While its lease was over, another instance may have had it.
    const wasOurs = this.#lookedMs < entry.leaseEndMs || entry.courier.isRunning;
    entry.leaseEndMs = leaseEndMs;
    if (!wasOurs || entry.courier.version !== endpoint.version) entry.courier.adopt(endpoint);
    else entry.courier.look(endpoint.retryInMs === null);
  }

  /** It has nothing to do, or another instance delivers for it. */
  #leave({ endpoint, othersForMs, dueInMs }: Found): void {
    const { id, version } = endpoint;
    const nowMs = this.#lookedMs;
    const entry = this.#roster.ours.get(id);
    if (entry !== undefined && othersForMs === 0 && nowMs < entry.leaseEndMs) {
      if (entry.courier.version !== version) entry.courier.adopt(endpoint);
      return;
    }
    this.#roster.ours.delete(id);
    entry?.courier.lose();
    // Due and free, and not ours: another instance takes it at this moment.
    const freeInMs = dueInMs === 0 && othersForMs === 0 ? this.#leaseMs : othersForMs;
    this.#roster.noteOther(id, nowMs + freeInMs, dueInMs === null ? Number.POSITIVE_INFINITY : nowMs + dueInMs);
  }

  #hire(endpoint: Endpoint): Courier {
    const { plan = PLAN, on, database, clock } = this.#o;
    const events: CourierEvents = {
      attempted: on.attempted,
      renewed: (id) => this.#roster.noteLease(id, clock.monoMs() + this.#leaseMs),
      idle: (id) => this.#idle(id),
      disabled: (disabled, reason) => {
        on.disabled(disabled, reason);
        void say(database, WEBHOOKS_CHANGED).catch(() => {});
      },
    };
    const share = (): number => Math.max(1, Math.floor(MOST_AT_ONCE / Math.max(1, this.#roster.atWork.length)));
    const around = { ...this.#o, settled: this.#settled, turns: this.#turns, leaseMs: this.#leaseMs };
    return new Courier({ ...around, plan, share, on: events }, endpoint);
  }

  #idle(id: string): void {
    const entry = this.#roster.ours.get(id);
    if (entry === undefined || this.#flight.isStopped) return;
    if (entry.courier.isOver) {
      this.#roster.ours.delete(id);
      this.#lookNow();
    } else {
      this.#arm();
      void this.#tidy.old(id);
    }
  }

  /** Sets the timer for whatever comes next, and the one for leases while anything is delivered. */
  #arm(): void {
    const { clock } = this.#o;
    this.#due?.cancel();
    this.#due = null;
    if (this.#flight.isStopped) return;
    const { nextMs } = this.#roster;
    const waitMs = Math.min(Math.max(1, nextMs - clock.monoMs()), LONGEST_TIMER_MS);
    if (nextMs < Number.POSITIVE_INFINITY) this.#due = clock.after(waitMs, () => this.#isDue());
    this.#renewal.start();
  }

  #isDue(): void {
    if (this.#roster.due(this.#o.clock.monoMs())) this.#lookNow();
    else this.#arm();
  }
}
