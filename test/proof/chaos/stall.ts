import { performance } from 'node:perf_hooks';

/**
 * Loaded into an instance with `--import`: blocks its event loop when it is told to, as a long
 * computation or a stop of the garbage collector does. By SIGWINCH, because that is the one signal which
 * neither ends a process that does not know it yet nor means anything to Node or to the service.
 * And it notes in the log when the event loop stood still, whoever is to blame.
 */
const forMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const still = new Int32Array(new SharedArrayBuffer(4));

process.on('SIGWINCH', () => {
  Atomics.wait(still, 0, 0, forMs);
});

const EVERY_MS = 20;
const NOTED_MS = 100;
let lastMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  const forMs = Math.round(nowMs - lastMs - EVERY_MS);
  lastMs = nowMs;
  if (forMs > NOTED_MS) console.log(JSON.stringify({ event: 'stood_still', time: Date.now(), ms: forMs }));
}, EVERY_MS).unref();
