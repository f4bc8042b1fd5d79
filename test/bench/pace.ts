import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Time for those who measure. Wall time, because it is compared with the record: the database runs on
 * this machine and reads the same clock.
 */
export async function until(wallMs: number): Promise<void> {
  for (let leftMs = wallMs - Date.now(); leftMs > 0; leftMs = wallMs - Date.now()) await sleep(leftMs);
}

/**
 * Calls `work` for i = 0 ... times - 1, one every `everyMs`, without waiting for the one before: a
 * slow answer must not thin out the load. Resolves when all have.
 */
export async function paced<T>(times: number, everyMs: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const fromMs = Date.now();
  const started: Promise<T>[] = [];
  for (let i = 0; i < times; i++) {
    await until(fromMs + i * everyMs);
    const one = work(i);
    // Reported below; a rejection before the last start is not an unhandled one.
    one.catch(() => {});
    started.push(one);
  }
  return Promise.all(started);
}

/** A SQL literal of this wall time. */
export function literal(wallMs: number): string {
  return `'${new Date(wallMs).toISOString()}'::timestamptz`;
}
