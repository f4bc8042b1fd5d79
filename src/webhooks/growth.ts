import type { Clock, Timer } from '../base/clock.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import type { Settled } from '../events/settled.ts';

export interface GrowthOptions {
  dispatcher: Dispatcher;
  clock: Clock;
  settled: Settled;
  /** Whether this instance leads: then it has bells to ring first. */
  leads(): boolean;
  /** The record has grown, or may have. */
  onGrown(): void;
}

/** The leader comes after the others, and once for all batches of a bell. */
const LEADER_WAITS_MS = 100;

/** Tells that the record has grown, as this instance hears it anyway. */
export class Growth {
  readonly #o: GrowthOptions;
  #timer: Timer | null = null;
  /** The last number of the record that was taken note of. */
  #end = 0n;

  constructor(options: GrowthOptions) {
    this.#o = options;
    const { dispatcher } = options;
    dispatcher.on(['record', 'edit'], () => this.grown());
    dispatcher.on(['pulse'], ({ recordEnd }) => (recordEnd === null ? this.grown() : this.#ends(BigInt(recordEnd))));
  }

  /** It was read up to this number, in decimal digits. */
  isKnown(end: string): void {
    if (BigInt(end) > this.#end) this.#end = BigInt(end);
  }

  grown(): void {
    const { leads, clock, onGrown } = this.#o;
    if (!leads()) onGrown();
    else
      this.#timer ??= clock.after(LEADER_WAITS_MS, () => {
        this.#timer = null;
        onGrown();
      });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A notice may have been lost. */
  #ends(end: bigint): void {
    if (end <= this.#end || end <= BigInt(this.#o.settled.known)) return;
    this.#end = end;
    this.grown();
  }
}
