import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** A moment in which a thread that wanted to run could not, epoch milliseconds. */
export interface Standstill {
  fromMs: number;
  toMs: number;
}

const EVERY_MS = 5;
/** What a busy machine does all the time. */
const NOTED_MS = 60;

/**
 * Watches the machine and not the service: a thread that does nothing but wait for 5 ms, again and again.
 * Where it was late by much everybody was, and a bell of that moment says nothing about us.
 */
export class Machine {
  readonly #worker = new Worker(new URL(import.meta.url));

  /** What was noted so far. To be asked once. */
  stop(): Promise<Standstill[]> {
    const noted = new Promise<Standstill[]>((resolve) => this.#worker.once('message', resolve));
    this.#worker.postMessage('enough');
    return noted;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread && parentPort !== null) watch(parentPort);

function watch(port: NonNullable<typeof parentPort>): void {
  const noted: Standstill[] = [];
  let lastMs = Date.now();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - lastMs > EVERY_MS + NOTED_MS) noted.push({ fromMs: lastMs, toMs: nowMs });
    lastMs = nowMs;
  }, EVERY_MS);
  port.once('message', () => {
    clearInterval(timer);
    port.postMessage(noted);
  });
}
