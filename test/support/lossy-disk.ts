import type * as Fs from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Loaded before a program (--import), into each of its threads: a disk that loses its power. What was written since
 * the last fsync of a file is remembered; at the write whose number is LOSE_AT_WRITE the last of it are taken back, of
 * each file another number of writes, and the process is killed. New names, removals and new sizes of files stay, as
 * with a file system that keeps a journal of those.
 */
const fs = createRequire(import.meta.url)('node:fs') as typeof Fs;
const FOLDER = String(process.env['LOSE_IN']);
const AT_WRITE = Number(process.env['LOSE_AT_WRITE']);
const SEED = Number(process.env['LOSE_SEED']);

interface Write {
  at: number;
  before: Buffer;
  sizeBefore: number;
}

const { writeSync, fsyncSync, openSync, closeSync, readSync, fstatSync, ftruncateSync } = fs;
const paths = new Map<number, string>();
const unsynced = new Map<string, Write[]>();
let writes = 0;

fs.openSync = ((path: string, ...rest: [string, number]) => {
  const fd = openSync(path, ...rest);
  if (String(path).startsWith(FOLDER)) paths.set(fd, String(path));
  return fd;
}) as typeof openSync;
fs.closeSync = (fd) => {
  paths.delete(fd);
  closeSync(fd);
};
fs.fsyncSync = (fd) => {
  fsyncSync(fd);
  unsynced.delete(paths.get(fd) ?? '');
};
fs.writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number, at: number) => {
  const path = paths.get(fd);
  if (path !== undefined) {
    if (++writes === AT_WRITE) losePower();
    remember(path, at, length);
  }
  return writeSync(fd, bytes, offset, length, at);
}) as typeof writeSync;

/** By a descriptor of its own: the program's may be for writing alone. */
function remember(path: string, at: number, length: number): void {
  const fd = openSync(path, 'r');
  const before = Buffer.alloc(length);
  const read = readSync(fd, before, 0, length, at);
  const list = unsynced.get(path) ?? [];
  list.push({ at, before: before.subarray(0, read), sizeBefore: fstatSync(fd).size });
  unsynced.set(path, list);
  closeSync(fd);
}

function losePower(): never {
  let chance = SEED;
  for (const [path, list] of unsynced) {
    chance = (chance * 1103515245 + 12345) % 2 ** 31;
    const kept = chance % (list.length + 1);
    if (!fs.existsSync(path)) continue;
    const fd = openSync(path, 'r+');
    for (const { at, before, sizeBefore } of list.slice(kept).reverse()) {
      writeSync(fd, before, 0, before.length, at);
      ftruncateSync(fd, sizeBefore);
    }
    closeSync(fd);
  }
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
