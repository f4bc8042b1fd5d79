/**
 * Loaded into an instance with `--import`: blocks its event loop when it is told to, as a long
 * computation or a stop of the garbage collector does. By SIGWINCH, because that is the one signal which
 * neither ends a process that does not know it yet nor means anything to Node or to the service.
 */
const forMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const still = new Int32Array(new SharedArrayBuffer(4));

process.on('SIGWINCH', () => {
  Atomics.wait(still, 0, 0, forMs);
});
