import type { Clock, Timer } from '../../base/clock.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Checks whether the folder is still ours. PostgreSQL opens its files by path: after a rename or a removal it would
 * fail, or write into somebody else's folder.
 */
export class FolderWatch {
  readonly #lock: { readonly loss: string | null };
  readonly #clock: Clock;
  readonly #onLost: (why: string) => void;
  #timer: Timer | null = null;

  constructor(lock: { readonly loss: string | null }, clock: Clock, onLost: (why: string) => void) {
    this.#lock = lock;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  start(): void {
    this.#timer ??= this.#clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const why = this.#lock.loss;
    if (why === null) return;
    this.stop();
    this.#onLost(why);
  }
}
