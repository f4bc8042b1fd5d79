import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guard } from '../support/guard.ts';

const CHILD = fileURLToPath(new URL('crowd-child.ts', import.meta.url));

export interface Arrival {
  name: string;
  /** Wall time, with a fraction. */
  atMs: number;
}

/** Connections in a process of their own, so that the one that measures is not busy with them. */
export class Crowd {
  readonly #child: ChildProcess;
  readonly #release: () => void;

  constructor(port: number) {
    this.#child = fork(CHILD, [String(port)]);
    this.#release = guard({ pid: this.#child.pid as number });
  }

  /** Resolves when each has been answered. */
  open(paths: readonly string[]): Promise<void> {
    return this.#ask({ open: paths });
  }

  /** Closes all. @returns what was seen */
  async end(): Promise<Arrival[]> {
    const { arrivals } = await this.#ask<{ arrivals: Arrival[] }>({});
    this.#release();
    return arrivals;
  }

  #ask<T>(message: object): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (answer) => resolve(answer as T));
      this.#child.once('exit', (code) => reject(new Error(`the crowd ended with ${code}`)));
      this.#child.send(message);
    });
  }
}
