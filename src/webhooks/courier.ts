import { Backoff } from '../base/backoff.ts';
import { messageOf } from '../base/errors.ts';
import { Signal } from '../base/signal.ts';
import { idOf } from '../domain/event.ts';
import { Bag } from './bag.ts';
import type { Endpoint, Parcel } from './endpoint.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import { Ledger } from './ledger.ts';
import { note, type Result } from './parcels.ts';
import type { Plan } from './plan.ts';
import type { Sender } from './sender.ts';
import { Standing } from './standing.ts';

export interface CourierOptions extends Omit<IntakeOptions, 'on'> {
  sender: Pick<Sender, 'send'>;
  plan: Plan;
  random: () => number;
  /** How many it may send at once, beside the others. */
  share(): number;
  on: CourierEvents;
}

export interface CourierEvents {
  /** An attempt has ended. */
  attempted(result: Result): void;
  /** A statement has prolonged the lease. */
  renewed(id: string): void;
  /** It was disabled. */
  disabled(endpoint: Endpoint, reason: string): void;
  /** There is nothing to do for now, or it is over. */
  idle(id: string): void;
}

/** More are fetched when no more than these wait. */
const FEW = 64;
const [FIRST_RETRY_MS, MOST_RETRY_MS] = [100, 5000];
/** An attempt ends by itself before that. */
const MOST_WAIT_MS = 60_000;

/** Delivers for one webhook, for as long as this instance has the lease. */
export class Courier {
  readonly #o: CourierOptions;
  readonly #bag = new Bag();
  readonly #intake: Intake;
  readonly #ledger: Ledger;
  readonly #standing: Standing;
  readonly #signal: Signal;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MOST_RETRY_MS);
  readonly #cut = new AbortController();
  /** Monotonic; until then the secret of before signs as well. */
  #previousUntilMs = 0;
  #running: Promise<void> | null = null;
  #isOver = false;

  constructor(options: CourierOptions, endpoint: Endpoint) {
    const { on, clock, plan, random } = options;
    this.#o = options;
    const { renewed } = on;
    const edited = (now: Endpoint): void => this.adopt(now);
    this.#intake = new Intake({ ...options, on: { renewed, edited, lost: () => this.lose() } }, endpoint);
    this.#ledger = new Ledger({ clock, write: (results) => this.#write(results), onEmpty: () => this.#signal.wake() });
    this.#standing = new Standing(plan, clock, random);
    this.#signal = new Signal(clock);
    this.#know(endpoint);
  }

  get version(): number {
    return this.#intake.endpoint.version;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** It does nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Monotonic; when there is something to do without news; Infinity: never. */
  get dueMs(): number {
    return Math.max(this.#intake.dueMs, this.#standing.retryMs);
  }

  /** It was edited, or taken over. */
  adopt(endpoint: Endpoint): void {
    this.#know(endpoint);
    this.#intake.adopt(endpoint);
    this.start();
  }

  /** There may be deliveries that are due. @param isForced somebody wants it tried although it fails */
  look(isForced: boolean): void {
    if (isForced && !this.isRunning) this.#standing.forgive();
    this.#intake.dueAt(0);
    this.grown();
  }

  /** The record may have grown. */
  grown(): void {
    this.#intake.grown();
    this.start();
  }

  start(): void {
    this.#signal.wake();
    if (this.#isOver) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.#o.on.idle(this.#intake.endpoint.id);
    });
  }

  /** Begins nothing more. What is under way may end within `graceMs`; what it came to is written. */
  async stop(graceMs: number): Promise<void> {
    this.#isOver = true;
    this.#bag.empty();
    this.#signal.wake();
    const timer = this.#o.clock.after(graceMs, () => {
      this.#cut.abort();
      this.#ledger.close();
    });
    await this.#running;
    timer.cancel();
  }

  /** Somebody else delivers now. */
  lose(): void {
    this.#cut.abort();
    this.#ledger.close();
    void this.stop(0);
  }

  #know(endpoint: Endpoint): void {
    this.#previousUntilMs = this.#o.clock.monoMs() + (endpoint.previousForMs ?? 0);
    this.#standing.adopt(endpoint);
  }

  async #run(): Promise<void> {
    for (;;) {
      let pauseMs = Number.POSITIVE_INFINITY;
      try {
        if (!this.#isOver) pauseMs = await this.#fill();
        this.#backoff.reset();
      } catch (error) {
        const { endpoint } = this.#intake;
        this.#o.log.debug({ event: 'webhook_retry', webhook: endpoint.id, error: messageOf(error) });
        pauseMs = this.#backoff.next();
      }
      this.#sendWhatMayBe();
      if (this.#isDone && (this.#isOver || pauseMs === Number.POSITIVE_INFINITY)) return;
      // What is out wakes it.
      await this.#signal.wait(Math.min(pauseMs, MOST_WAIT_MS));
    }
  }

  get #isDone(): boolean {
    const isCut = this.#cut.signal.aborted && this.#bag.sending === 0 && !this.#ledger.isWriting;
    return this.#bag.isEmpty || isCut;
  }

  /**
   * Sees to it that there are parcels to send, if there can be any.
   * @returns how long to wait before there may be something else to do; Infinity: until there is news
   */
  async #fill(): Promise<number> {
    const bag = this.#bag;
    if (this.#standing.isLeftAlone || this.#standing.isComingBack) return Number.POSITIVE_INFINITY;
    if (this.#standing.isProbed) {
      if (bag.isEmpty) bag.add(await this.#intake.forProbe([]));
    } else if (bag.waiting <= FEW && this.#intake.dueMs <= this.#o.clock.monoMs()) {
      const more = await this.#intake.more(bag.ids);
      bag.add(more);
      // What it got is sent now, and then it looks for more.
      if (this.#intake.dueMs === 0) return 0;
    }
    return this.#intake.save();
  }

  #sendWhatMayBe(): void {
    if (this.#isOver) return;
    if (this.#standing.isLeftAlone) {
      // They are read again when the endpoint may be tried again.
      if (this.#bag.waiting > 0) this.#intake.dueAt(0);
      this.#bag.empty();
    }
    const most = Math.min(this.#standing.window, this.#o.share());
    while (this.#bag.sending < most) {
      const parcel = this.#bag.next();
      if (parcel === null) return;
      void this.#send(parcel);
    }
  }

  async #send(parcel: Parcel): Promise<void> {
    const { sender, clock, on } = this.#o;
    const { url, secret, previousSecret } = this.#intake.endpoint;
    const wasProbe = this.#standing.isProbed;
    const isRotating = previousSecret !== null && clock.monoMs() < this.#previousUntilMs;
    const secrets = isRotating ? [secret, previousSecret] : [secret];
    const outcome = await sender.send({ url, id: idOf(parcel.place), body: parcel.body, secrets }, this.#cut.signal);
    this.#bag.answered(parcel);
    if (this.#cut.signal.aborted && outcome.status === null) {
      // What came of it is not known: it stays as it was.
      this.#bag.written(parcel.id);
    } else {
      const wasFailing = this.#standing.isFailing;
      const result = this.#standing.judge(parcel, outcome, wasProbe);
      if (wasFailing !== this.#standing.isFailing) this.#tell(outcome.error);
      if (result.next_in_ms === null) this.#intake.done();
      else this.#intake.dueAt(this.#standing.isProbed ? 0 : clock.monoMs() + result.next_in_ms);
      on.attempted(result);
      this.#ledger.add(result);
    }
    this.#sendWhatMayBe();
    this.#signal.wake();
  }

  #tell(error: string | null): void {
    const { id: webhook, url } = this.#intake.endpoint;
    const about = { webhook, host: new URL(url).host };
    const { log } = this.#o;
    if (error === null) log.info({ event: 'webhook_recovered', ...about }, 'webhook: its endpoint answers again');
    else log.warn({ event: 'webhook_failing', ...about, error }, `webhook: its endpoint fails: ${error}`);
  }

  async #write(results: readonly Result[]): Promise<void> {
    const { database, turns, self, leaseMs, plan, on } = this.#o;
    const { endpoint } = this.#intake;
    const standing = this.#standing.told();
    const said = await turns.take(() =>
      note(database, self, leaseMs, endpoint.id, standing, results, plan.disableAfterMs),
    );
    this.#standing.written(standing);
    for (const { id } of results) this.#bag.written(id);
    if (said === undefined) return this.lose();
    on.renewed(endpoint.id);
    if (standing.isBack) {
      this.#intake.dueAt(0);
      this.#signal.wake();
    }
    if (said === null) return;
    on.disabled(endpoint, said);
    void this.stop(0);
  }
}
