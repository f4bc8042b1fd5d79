/**
 * The only file that names Date.now, performance.now, setTimeout, setInterval and setImmediate: everything else is
 * handed a Clock. A Clock says how much time passes on this host. What time it *is*, the database says.
 */

export interface Clock {
  /** Wall time of this host, epoch milliseconds. It may jump, so it is never compared with a due instant. */
  wallMs(): number;
  /** Monotonic milliseconds from an arbitrary origin; not moved by steps of the wall clock. */
  monoMs(): number;
  /** Calls back once after `ms`. The handle's `cancel` may be called at any time, more than once. */
  after(ms: number, callback: () => void): Timer;
  /**
   * Calls back when the monotonic clock reaches `monoMs`: for the last millisecond or two, where a
   * timer is too coarse. Looks again and again, letting everything else have its turn in between.
   */
  approach(monoMs: number, callback: () => void): Timer;
  /** Calls back every `ms` until cancelled. Does not keep the process alive. */
  every(ms: number, callback: () => void): Timer;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

/**
 * How often it looks before everything else has its turn: about 20 us. With one look a turn, the turns alone would make
 * enough garbage for a collection every few instants, and it would come just before an instant, when nothing else runs.
 */
const LOOKS_PER_TURN = 400;
/** Then it pauses between looks: a fake clock may stand still for ever. */
const MOST_TURNS = 1000;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
  after(ms, callback) {
    const handle = setTimeout(callback, Math.max(0, ms));
    return { cancel: () => clearTimeout(handle) };
  },
  approach(monoMs, callback) {
    let turns = 0;
    let isCancelled = false;
    const look = (): void => {
      if (isCancelled) return;
      let looks = 0;
      while (performance.now() < monoMs && looks < LOOKS_PER_TURN) looks++;
      if (looks < LOOKS_PER_TURN) callback();
      else if (turns++ < MOST_TURNS) setImmediate(look);
      else setTimeout(look, 1);
    };
    look();
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  },
  every(ms, callback) {
    const handle = setInterval(callback, ms);
    handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(handle);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const handle = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener('abort', done);
    });
  },
};

/** Rejects with `error()` when `work` has not settled within `ms`; the work itself is not stopped. */
export async function withTimeout<T>(clock: Clock, work: Promise<T>, ms: number, error: () => Error): Promise<T> {
  let timer: Timer | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = clock.after(ms, () => reject(error()));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer?.cancel();
  }
}
