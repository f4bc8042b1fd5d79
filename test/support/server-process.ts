import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { guard } from './guard.ts';

/** A server as a child process: kept out of Ctrl-C's reach and ended by the guard if not by us. */
export class ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  hasExited = false;
  #output = '';
  readonly #child: ChildProcess;
  #onOutput: () => void = () => {};

  private constructor(child: ChildProcess, pid: number, signal: NodeJS.Signals) {
    this.#child = child;
    this.pid = pid;
    const release = guard({ pid, signal });
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.hasExited = true;
        release();
        this.#onOutput();
        resolve();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        // The end is what tells why it failed, and a long run must not keep it all.
        this.#output = (this.#output + text).slice(-20_000);
        this.#onOutput();
      });
    }
  }

  /** @param endSignal what the guard ends it with */
  static async spawn(
    file: string,
    args: string[],
    options: SpawnOptions,
    endSignal: NodeJS.Signals,
  ): Promise<ServerProcess> {
    const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return new ServerProcess(child, child.pid as number, endSignal);
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when the output matches. @throws when the process ends first or `timeoutMs` pass */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${this.#child.spawnfile} ${why}:\n${this.#output}`));
      const timer = setTimeout(() => fail(`did not say ${pattern} within ${timeoutMs} ms`), timeoutMs);
      this.#onOutput = () => {
        if (pattern.test(this.#output)) resolve();
        else if (this.hasExited) fail('ended');
        else return;
        clearTimeout(timer);
        this.#onOutput = () => {};
      };
      this.#onOutput();
    });
    this.#unref();
  }

  /** Sends `signal` and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasExited) return;
    this.#child.ref();
    this.#child.kill(signal);
    await this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** From here on it does not keep our process alive: the guard ends it after us. */
  #unref(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr])
      (stream as (Readable & { unref?(): void }) | null)?.unref?.();
  }
}
