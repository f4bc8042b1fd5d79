import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guard } from '../../support/guard.ts';
import type { Reply, Request } from '../contenders/contender.ts';
import type { Entry } from './entry.ts';

const MAIN = fileURLToPath(new URL('../contenders/main.ts', import.meta.url));

/** A contender in a process of its own, asked one thing at a time. It is gone after the run at the latest. */
export class ContenderProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #said = '';
  #last: Promise<void> = Promise.resolve();

  constructor({ name, setting }: Entry) {
    const { PATH, HOME, TZ } = process.env;
    this.#child = spawn(process.execPath, [MAIN, name, setting ?? 'best'], {
      env: { PATH, HOME, TZ, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid as number;
    const release = guard({ pid: this.pid });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-5000);
      });
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', () => {
        release();
        resolve();
      });
    });
  }

  /** Whoever asks while it answers another waits. @throws with what it said, when it fails or ends instead */
  ask(request: Request): Promise<void> {
    const asked = this.#last.then(() => this.#ask(request));
    this.#last = asked.catch(() => {});
    return asked;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #ask(request: Request): Promise<void> {
    const ended = this.#exited.then(() => ({ error: `ended: ${this.#said}` }));
    const replied = new Promise<Reply>((resolve) => this.#child.once('message', resolve));
    this.#child.send(request);
    const { error } = await Promise.race([replied, ended]);
    if (error !== null) throw new Error(`${request.call}: ${error}`);
  }
}
