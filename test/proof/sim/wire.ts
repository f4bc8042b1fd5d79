import type { Host } from './host.ts';
import { latencyMs } from './network.ts';
import type { PostgresFaults } from './postgres-faults.ts';
import type { World } from './world.ts';

/** The way between a host and PostgreSQL, of one connection. It keeps its order, and may break without a word. */
export class Wire {
  /** It looks alive and nothing comes through any more. */
  isHalfOpen = false;
  /** The host has closed it, or knows that it is broken. */
  isEnded = false;
  readonly #world: World;
  readonly #host: Host;
  readonly #faults: PostgresFaults;
  /** Whether somebody gives up in time what was lost on the way. */
  readonly #isTimed: boolean;
  #lastArrivalMs = 0;

  constructor(world: World, host: Host, faults: PostgresFaults, isTimed: boolean) {
    this.#world = world;
    this.#host = host;
    this.#faults = faults;
    this.#isTimed = isTimed;
  }

  /** Whether nothing comes through. */
  get isSilent(): boolean {
    return this.#faults.isCut || this.isHalfOpen;
  }

  /** From the host to the server. */
  travel(run: () => void): void {
    if (this.#isUnheard()) return;
    this.#world.after(latencyMs(this.#world.network), run);
  }

  /** From the server to the host. */
  arrive(run: () => void, lateMs = 0): void {
    if (this.#isUnheard()) return;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#world.nowMs + latencyMs(this.#world.network) + lateMs);
    this.#world.at(this.#lastArrivalMs, () => this.#host.receive(() => !this.isEnded && run()));
  }

  /** Something was lost on the way. A statement is given up in time; where there is no time-out it is up to TCP. */
  fallSilent(): void {
    if (!this.#isTimed) this.isHalfOpen = true;
  }

  /** Whether what is sent now is lost. */
  #isUnheard(): boolean {
    if (!this.isSilent) return false;
    this.fallSilent();
    return true;
  }
}
