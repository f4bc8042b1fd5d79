import type { Clock } from '../base/clock.ts';
import type { Endpoint, Parcel } from './endpoint.ts';
import type { Result, Standing as Written } from './parcels.ts';
import { delayMs, type Outcome, type Plan, verdictOn } from './plan.ts';

/** How many are sent at once to an endpoint that has not shown yet how it fares. */
const FIRST_WINDOW = 4;
const MOST_WINDOW = 32;

/**
 * What an endpoint's answers say about it: how many may be sent to it at once, and whether it should be left alone. It
 * gets more as long as it answers well, and half of it after each failure. After several failures in a row it is tried
 * with one at a time, at growing intervals: a dead endpoint costs no more than that.
 */
export class Standing {
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #random: () => number;
  #window = FIRST_WINDOW;
  #failures = 0;
  /** Monotonic; nothing is sent before it. */
  #retryMs = 0;
  #goneBecause: string | null = null;
  #isBack = false;

  constructor(plan: Plan, clock: Clock, random: () => number) {
    this.#plan = plan;
    this.#clock = clock;
    this.#random = random;
  }

  /** As the database has it. */
  adopt({ failures, retryInMs }: Pick<Endpoint, 'failures' | 'retryInMs'>): void {
    this.#failures = failures;
    this.#retryMs = retryInMs === null ? 0 : this.#clock.monoMs() + retryInMs;
  }

  /** It is tried with one at a time. */
  get isProbed(): boolean {
    return this.#failures >= this.#plan.openAfter;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** How many may be sent at once. */
  get window(): number {
    return this.isLeftAlone ? 0 : this.isProbed ? 1 : this.#window;
  }

  /** Nothing is sent to it for now. */
  get isLeftAlone(): boolean {
    return this.#clock.monoMs() < this.#retryMs;
  }

  /** It has answered again, and the database does not have that yet: what waited for it comes first. */
  get isComingBack(): boolean {
    return this.#isBack;
  }

  /** It is tried now. */
  forgive(): void {
    this.#retryMs = 0;
  }

  /** Monotonic; when something may be sent; 0: now. */
  get retryMs(): number {
    return this.#retryMs;
  }

  /** @param wasProbe it was sent to see whether the endpoint is back */
  judge(parcel: Parcel, outcome: Outcome, wasProbe: boolean): Result {
    const attempts = parcel.attempts + 1;
    const result = { id: parcel.id, attempts, outcome };
    const verdict = verdictOn(outcome);
    if (verdict === 'delivered') {
      this.#delivered();
      return { ...result, state: 'succeeded', next_in_ms: null };
    }
    if (verdict === 'gone') {
      this.#goneBecause = 'the endpoint answered 410 Gone';
      return { ...result, state: 'failed', next_in_ms: null };
    }
    const ownMs = Math.max(delayMs(this.#plan, attempts, this.#random()), outcome.retryAfterMs ?? 0);
    if (verdict === 'busy') {
      this.#leaveAlone(outcome.retryAfterMs ?? ownMs);
      this.#window = 1;
      return { ...result, state: 'pending', next_in_ms: outcome.retryAfterMs ?? ownMs };
    }
    this.#failed(outcome, wasProbe);
    const isGivenUp = (parcel.triedForMs ?? 0) >= this.#plan.giveUpAfterMs;
    return isGivenUp
      ? { ...result, state: 'failed', next_in_ms: null }
      : { ...result, state: 'pending', next_in_ms: ownMs };
  }

  /** For the database. */
  told(): Written {
    const leftMs = this.#retryMs - this.#clock.monoMs();
    return {
      failures: this.#failures,
      retryInMs: leftMs > 0 ? leftMs : null,
      goneBecause: this.#goneBecause,
      isBack: this.#isBack,
    };
  }

  /** It is in the database: what is told once is not told again. */
  written({ isBack }: Written): void {
    if (isBack) this.#isBack = false;
  }

  #delivered(): void {
    if (this.isProbed) {
      this.#isBack = true;
      this.#retryMs = 0;
    }
    this.#failures = 0;
    this.#window = Math.min(MOST_WINDOW, this.#window + 1);
  }

  #failed({ retryAfterMs }: Outcome, wasProbe: boolean): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    // Many that were under way together fail together: that is no reason to wait longer.
    if (!this.isProbed || wasProbe) this.#failures += 1;
    const probes = this.#failures - this.#plan.openAfter + 1;
    const probeMs = probes > 0 ? Math.min(delayMs(this.#plan, probes, this.#random()), this.#plan.mostProbeMs) : 0;
    this.#leaveAlone(Math.max(probeMs, retryAfterMs ?? 0));
  }

  #leaveAlone(ms: number): void {
    if (ms > 0) this.#retryMs = Math.max(this.#retryMs, this.#clock.monoMs() + ms);
  }
}
