import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { systemClock } from './clock.ts';

/** How much may wait for a slow or stopped reader: about ten thousand lines. */
const MOST_WAITING_BYTES = 4 << 20;
/** Lines within this time are written together: one write each would be a tenth of the work of a busy instance. */
const BATCH_MS = 10;
const BATCH_CHARS = 16_384;

/**
 * Where log lines go: a file descriptor that must never stop the service. When the reader of a pipe stops or goes,
 * lines are dropped and counted, and the service goes on.
 */
export class LogSink {
  readonly #fd: number;
  /** null for files and terminals. */
  readonly #pipe: Socket | null;
  #isBroken = false;
  #dropped = 0;
  /** Waiting to be written together. */
  #lines = '';

  constructor(fd = 1) {
    this.#fd = isatty(fd) ? unblocked(fd) : fd;
    this.#pipe = isPipe(fd) ? new Socket({ fd, readable: false, writable: true }) : null;
    this.#pipe?.on('error', () => {
      this.#isBroken = true;
    });
    // The log alone must not keep the process alive.
    this.#pipe?.unref();
    // In case nobody called `flushed`.
    process.once('exit', () => this.#toFile(this.#takeLines()));
  }

  /** For pino. */
  write(line: string): void {
    if (this.#isBroken) return;
    const text = this.#dropped > 0 ? `${this.#droppedLine()}${line}` : line;
    const isTaken = this.#pipe === null ? this.#toFile(text) : this.#toPipe(this.#pipe, text);
    this.#dropped = isTaken ? 0 : this.#dropped + 1;
  }

  /** Resolves when the reader has everything; the caller decides how long to wait. */
  flushed(): Promise<void> {
    this.#sendLines();
    const pipe = this.#pipe;
    if (pipe === null || this.#isBroken || pipe.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      pipe.once('drain', resolve);
      pipe.once('close', resolve);
    });
  }

  #toPipe(pipe: Socket, text: string): boolean {
    if (pipe.writableLength > MOST_WAITING_BYTES) return false;
    if (this.#lines === '') systemClock.after(BATCH_MS, () => this.#sendLines());
    this.#lines += text;
    if (this.#lines.length > BATCH_CHARS) this.#sendLines();
    return true;
  }

  #sendLines(): void {
    const lines = this.#takeLines();
    if (lines !== '' && !this.#isBroken) this.#pipe?.write(lines);
  }

  #takeLines(): string {
    const lines = this.#lines;
    this.#lines = '';
    return lines;
  }

  /** False: a full disk, a terminal that has gone or was stopped with Ctrl-S. */
  #toFile(text: string): boolean {
    try {
      return writeSync(this.#fd, text) === Buffer.byteLength(text);
    } catch {
      return false;
    }
  }

  #droppedLine(): string {
    const lines = this.#dropped;
    return `${JSON.stringify({ level: 40, event: 'log_dropped', lines, msg: `${lines} log lines were dropped: nobody read them` })}\n`;
  }
}

/** Writing to a stopped terminal blocks, unless it was opened as non-blocking. */
function unblocked(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
