import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/**
 * Nothing that a test started outlives it, whatever ends the test: a crash, Ctrl-C, even kill -9.
 * A guard process of its own session holds a pipe from us; when the pipe closes, it ends the
 * processes and removes the folders that were named on it (guard-process.ts).
 */

export interface Guarded {
  pid?: number;
  /** What ends the process cleanly enough; SIGKILL by default. */
  signal?: NodeJS.Signals;
  folder?: string;
  /** A file system to be unmounted, before folders are removed. */
  mount?: string;
}

let pipe: Socket | null = null;
let lastId = 0;

/** Names what must not outlive this process. @returns to be called when it is gone anyway */
export function guard(what: Guarded): () => void {
  pipe ??= startGuard();
  lastId += 1;
  const id = lastId;
  pipe.write(`${JSON.stringify({ id, ...what })}\n`);
  return () => pipe?.write(`${JSON.stringify({ id })}\n`);
}

function startGuard(): Socket {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./guard-process.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const stdin = child.stdin as Socket;
  stdin.unref();
  return stdin;
}
