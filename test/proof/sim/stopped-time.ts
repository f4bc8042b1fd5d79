/**
 * Real time has no part in a simulation. The global Date, which PGlite reads, says what the database's
 * clock says; a global timer never fires: PGlite sets one to flush its statistics, in the middle of whatever
 * goes on then.
 */
export class StoppedTime {
  readonly #now = Date.now;
  readonly #setTimeout = globalThis.setTimeout;

  constructor(clockMs: () => number) {
    Date.now = clockMs;
    globalThis.setTimeout = (() => ({ unref: () => {}, ref: () => {} })) as unknown as typeof setTimeout;
  }

  release(): void {
    Date.now = this.#now;
    globalThis.setTimeout = this.#setTimeout;
  }
}
