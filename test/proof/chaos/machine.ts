import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** What the machine gave to everybody. */
export interface MachineSeen {
  /** When a thread that wanted to run could not, epoch milliseconds. */
  standstills: { fromMs: number; toMs: number }[];
  /** How many times as long as alone a piece of work took. */
  stretches: { atMs: number; times: number }[];
}

const EVERY_MS = 5;
/** What a busy machine does all the time. */
const NOTED_MS = 60;
/** Longer than a scheduler leaves a thread alone that has slept before. */
const PIECE_MS = 15;
const PIECE_EVERY_MS = 500;

/**
 * Watches the machine and not the service: a thread that mostly waits, and now and then works. Where it was late
 * or slow by much everybody was, and a bell of that moment says little about us.
 */
export class Machine {
  readonly #worker = new Worker(new URL(import.meta.url));

  /** @returns what was seen so far. To be asked once. */
  stop(): Promise<MachineSeen> {
    const seen = new Promise<MachineSeen>((resolve) => this.#worker.once('message', resolve));
    this.#worker.postMessage('enough');
    return seen;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread && parentPort !== null) watch(parentPort);

function watch(port: NonNullable<typeof parentPort>): void {
  const seen: MachineSeen = { standstills: [], stretches: [] };
  let lastMs = Date.now();
  const waiting = setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - lastMs > EVERY_MS + NOTED_MS) seen.standstills.push({ fromMs: lastMs, toMs: nowMs });
    lastMs = nowMs;
  }, EVERY_MS);
  const working = setInterval(() => {
    seen.stretches.push({ atMs: Date.now(), times: work() / PIECE_MS });
    lastMs = Date.now();
  }, PIECE_EVERY_MS);
  port.once('message', () => {
    clearInterval(waiting);
    clearInterval(working);
    port.postMessage(seen);
  });
}

/** @returns how long it took by the clock on the wall */
function work(): number {
  const fromMs = performance.now();
  const used = process.threadCpuUsage();
  while (process.threadCpuUsage(used).user + process.threadCpuUsage(used).system < PIECE_MS * 1000);
  return performance.now() - fromMs;
}
