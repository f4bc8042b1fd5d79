import { statSync } from 'node:fs';
import type { Clock, Timer } from '../../base/clock.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Whether the file that we hold open is still the one at its path. PostgreSQL opens its files by path: after a
 * rename or a removal it would fail, or write into a folder that is somebody else's.
 */
export class FolderWatch {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  readonly #identity: string | null;
  #timer: Timer | null = null;

  constructor(file: string, clock: Clock, onLost: () => void) {
    this.#file = file;
    this.#clock = clock;
    this.#onLost = onLost;
    this.#identity = identityOf(file);
  }

  start(): void {
    this.#timer ??= this.#clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    if (identityOf(this.#file) === this.#identity) return;
    this.stop();
    this.#onLost();
  }
}

/** null: it is not there. */
function identityOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
