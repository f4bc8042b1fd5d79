import { Random } from '../random.ts';
import { Trace } from './trace.ts';

export interface Event {
  cancel(): void;
}

interface Entry {
  atMs: number;
  order: number;
  run: () => void;
  isCancelled: boolean;
}

/** A Monday morning in a term. */
export const T0 = Date.UTC(2026, 8, 7, 8);

// Taken before anything is faked.
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Simulated time. It stands still while anything real is under way and passes only in jumps from one
 * event to the next, so that a run depends on nothing but its seed.
 */
export class World {
  nowMs = T0;
  readonly seed: number;
  readonly trace: Trace;
  readonly network: Random;
  /** Real work under way, such as statements in PGlite. */
  #busy = 0;
  #order = 0;
  #heap: Entry[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.network = new Random(seed, 'network');
    this.trace = new Trace(() => this.nowMs - T0);
  }

  /** Runs at that moment, after what was asked for earlier. In the past: as soon as possible. */
  at(atMs: number, run: () => void): Event {
    const entry = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, run, isCancelled: false };
    this.#push(entry);
    return {
      cancel: () => {
        entry.isCancelled = true;
      },
    };
  }

  after(ms: number, run: () => void): Event {
    return this.at(this.nowMs + ms, run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Time stands still until `work` has settled. */
  async whileStanding<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  async runUntil(atMs: number): Promise<void> {
    await this.#settle();
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next.atMs > atMs) break;
      this.#pop();
      this.nowMs = next.atMs;
      next.run();
      await this.#settle();
    }
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  /** Runs until `work` has settled. @throws when that takes longer than `mostMs` of simulated time */
  async runUntilDone(work: Promise<unknown>, mostMs: number, what: string): Promise<void> {
    let isDone = false;
    work.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    const untilMs = this.nowMs + mostMs;
    await this.#settle();
    while (!isDone) {
      const next = this.#peek();
      if (next === undefined || next.atMs > untilMs) throw new Error(`${what}: not done within ${mostMs} ms`);
      await this.runUntil(next.atMs);
    }
  }

  /** Promises settle in microtasks, which are all done when the next turn comes. */
  async #settle(): Promise<void> {
    do await nextTurn();
    while (this.#busy > 0);
  }

  #peek(): Entry | undefined {
    while (this.#heap[0]?.isCancelled) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
