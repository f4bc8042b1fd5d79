import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into the service by NODE_OPTIONS: says on its standard output, as lines of its log, when its loop stood
 * still, and on SIGUSR2 what it holds. A loop stands still for as long as its own thread computes between two turns:
 * time that other processes took away does not count.
 */
const EVERY_MS = 5;
const TOLD_FROM_MS = 20;

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

let beforeMs = cpuMs();
setInterval(() => {
  const nowMs = cpuMs();
  const ms = nowMs - beforeMs;
  beforeMs = nowMs;
  if (ms >= TOLD_FROM_MS) say({ event: 'loop_stood', ms, atMs: Date.now() });
}, EVERY_MS).unref();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let reports = 0;
process.on('SIGUSR2', () => {
  collectGarbage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  reports += 1;
  say({ event: 'fuzz_report', number: reports, heapMb: process.memoryUsage().heapUsed / 1e6, sockets });
});
