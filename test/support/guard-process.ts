import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Guarded } from './guard.ts';

/** The program of guard.ts: remembers what it is told, and cleans up when its teller is gone. */
const GRACE_MS = 5000;
const guarded = new Map<number, Guarded>();

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...what } = JSON.parse(line) as Guarded & { id: number };
  if (Object.keys(what).length > 0) guarded.set(id, what);
  else guarded.delete(id);
}

const all = [...guarded.values()];
for (const { pid, signal = 'SIGKILL' } of all) send(pid, signal);
const deadline = Date.now() + GRACE_MS;
while (all.some(({ pid }) => isRunning(pid)) && Date.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 10));
for (const { pid } of all) send(pid, 'SIGKILL');
for (const { mount } of all) if (mount !== undefined) spawnSync('umount', ['-l', mount], { stdio: 'ignore' });
for (const { folder } of all) {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** @returns whether the process was there */
function send(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** A zombie is gone, though in a container nobody may reap it. */
function isRunning(pid: number | undefined): boolean {
  if (!send(pid, 0)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
