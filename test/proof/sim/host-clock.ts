import type { Clock, Timer } from '../../../src/base/clock.ts';
import type { Host } from './host.ts';

/** As in Node: whole milliseconds, one at least; now and then early by a part of one, usually late. */
export function setTimer(host: Host, ms: number, callback: () => void): Timer {
  const wholeMs = Number.isFinite(ms) ? Math.max(1, Math.trunc(ms)) : 1;
  return host.timer(wholeMs + host.random.between(-0.4, 1.2), callback);
}

/** The clock port on a simulated host. */
export function clockOf(host: Host): Clock {
  return {
    wallMs: () => host.wallMs(),
    monoMs: () => host.monoMs(),
    after: (ms, callback) => setTimer(host, ms, callback),
    approach(monoMs, callback) {
      const leftMs = monoMs - host.monoMs();
      if (leftMs > 0) return host.timer(leftMs + host.random.between(0.001, 0.02), callback);
      callback();
      return { cancel: () => {} };
    },
    every(ms, callback) {
      let timer: Timer;
      const wind = (): void => {
        timer = setTimer(host, ms, () => {
          wind();
          callback();
        });
      };
      wind();
      return { cancel: () => timer.cancel() };
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = (): void => {
          timer.cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimer(host, ms, done);
        signal?.addEventListener('abort', done);
      }),
  };
}
