import type { IncomingMessage } from 'node:http';
import type { Clock, Timer } from '../../base/clock.ts';
import { HttpRefusal } from '../http-refusals.ts';
import { authorize, type Security } from '../security.ts';

/** A revoked key ends its streams within this time, and the time that looking at all keys takes. */
export const KEY_WATCH_MS = 30_000;

/** Streams with the same key. */
interface Holders {
  request: IncomingMessage;
  revoked: Set<() => void>;
}

/** Looks again and again whether the callers of open streams may still read. */
export class KeyWatch {
  readonly #security: Security;
  readonly #clock: Clock;
  /** By what they show. */
  readonly #holders = new Map<string, Holders>();
  #timer: Timer | null = null;
  #isLooking = false;

  constructor(security: Security, clock: Clock) {
    this.#security = security;
    this.#clock = clock;
  }

  /**
   * @param revoked is called when this caller may read no longer
   * @returns ends the watch
   */
  add(request: IncomingMessage, revoked: () => void): () => void {
    if (this.#security.kind === 'open' && this.#security.until === undefined) return () => {};
    const shown = request.headers.authorization ?? '';
    const holders = this.#holders.get(shown) ?? { request, revoked: new Set() };
    this.#holders.set(shown, holders);
    holders.revoked.add(revoked);
    this.#timer ??= this.#clock.every(KEY_WATCH_MS, () => void this.#look());
    return () => {
      holders.revoked.delete(revoked);
      if (holders.revoked.size === 0 && this.#holders.get(shown) === holders) this.#holders.delete(shown);
      if (this.#holders.size > 0) return;
      this.#timer?.cancel();
      this.#timer = null;
    };
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const { request, revoked } of [...this.#holders.values()]) {
      if (await this.#isRefused(request)) for (const end of [...revoked]) end();
      // There may be thousands of keys.
      await this.#clock.sleep(0);
    }
    this.#isLooking = false;
  }

  /** If it cannot be known now, a caller that was let in stays. */
  async #isRefused(request: IncomingMessage): Promise<boolean> {
    try {
      await authorize(this.#security, request, 'read');
      return false;
    } catch (error) {
      return error instanceof HttpRefusal && (error.status === 401 || error.status === 403);
    }
  }
}
