import type { Courier } from './courier.ts';

/** A webhook that this instance delivers for. Monotonic milliseconds. */
export interface Ours {
  courier: Courier;
  leaseEndMs: number;
}

/** One that it does not deliver for. */
interface Other {
  /** When nobody else has it any more, as far as is known. */
  freeMs: number;
  /** When there is something to do; Infinity: not before the record grows. */
  dueMs: number;
}

/** Which webhooks there are, who delivers for each, and when somebody should look again. Times are monotonic. */
export class Roster {
  readonly ours = new Map<string, Ours>();
  readonly #others = new Map<string, Other>();

  get isEmpty(): boolean {
    return this.ours.size === 0 && this.#others.size === 0;
  }

  /** How many couriers have something to do. */
  get atWork(): string[] {
    return [...this.ours].filter(([, { courier }]) => courier.isRunning).map(([id]) => id);
  }

  /** Forgets the rest, and stops their couriers. */
  keepOnly(ids: ReadonlySet<string>, graceMs: number): void {
    for (const [id, { courier }] of this.ours) {
      if (ids.has(id)) continue;
      this.ours.delete(id);
      void courier.stop(graceMs);
    }
    this.#others.clear();
  }

  noteOther(id: string, freeMs: number, dueMs: number): void {
    this.#others.set(id, { freeMs, dueMs });
  }

  noteLease(id: string, leaseEndMs: number): void {
    const entry = this.ours.get(id);
    if (entry !== undefined) entry.leaseEndMs = leaseEndMs;
  }

  /** The record has grown. @returns whether there may be some that nobody delivers for */
  grown(nowMs: number): boolean {
    let isFree = false;
    for (const { courier, leaseEndMs } of this.ours.values()) {
      if (nowMs < leaseEndMs) courier.grown();
      else isFree = true;
    }
    for (const other of this.#others.values()) {
      other.dueMs = Math.min(other.dueMs, nowMs);
      if (other.freeMs <= nowMs) isFree = true;
    }
    return isFree;
  }

  /** Starts couriers that have something to do by now. @returns the same */
  due(nowMs: number): boolean {
    let isFree = false;
    for (const { courier, leaseEndMs } of this.ours.values()) {
      if (courier.isRunning || courier.dueMs > nowMs) continue;
      if (nowMs < leaseEndMs) courier.start();
      else isFree = true;
    }
    for (const { freeMs, dueMs } of this.#others.values()) if (Math.max(freeMs, dueMs) <= nowMs) isFree = true;
    return isFree;
  }

  /** When `due` should be asked the next time; Infinity: not before there is news. */
  get nextMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { courier } of this.ours.values()) if (!courier.isRunning) nextMs = Math.min(nextMs, courier.dueMs);
    for (const { freeMs, dueMs } of this.#others.values()) nextMs = Math.min(nextMs, Math.max(freeMs, dueMs));
    return nextMs;
  }
}
