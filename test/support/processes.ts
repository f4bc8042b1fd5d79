import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guard } from './guard.ts';
import { freePort } from './ports.ts';
import { within } from './wait.ts';

export { freePort } from './ports.ts';

const ROOT = new URL('../../', import.meta.url);
const MAIN = fileURLToPath(new URL('src/main.ts', ROOT));
/** The options for Node with which `npm start` starts it. */
const OPTIONS = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')).scripts.start.match(
  /--\S+/g,
) as string[];

export interface LogLine {
  event?: string;
  level?: number;
  [key: string]: unknown;
}

/** What a command said. */
export interface Output {
  stdout: string;
  stderr: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** `stagebell` as a real process, with what it logged. It is gone after the run at the latest. */
export class StagebellProcess {
  /** Where its HTTP listens. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly lines: LogLine[] = [];
  /** What it said that is not a JSON line. */
  text = '';
  readonly exited: Promise<Exit>;
  hasExited = false;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.pid = child.pid as number;
    const release = guard({ pid: this.pid });
    for (const input of [child.stdout, child.stderr]) {
      if (input !== null) createInterface({ input }).on('line', (line) => this.#hear(line));
    }
    // `close` comes after the last line, `exit` may come before it.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.hasExited = true;
        release();
        this.#tell();
        resolve({ code, signal });
      });
    });
  }

  /** The first line, past or future, that `predicate` takes; a string is the name of an event. */
  async waitForLog(predicate: string | ((line: LogLine) => boolean), timeoutMs = 10_000): Promise<LogLine> {
    const takes = typeof predicate === 'string' ? (line: LogLine) => line.event === predicate : predicate;
    let watcher = (): void => {};
    const found = new Promise<LogLine>((resolve, reject) => {
      watcher = () => {
        const line = this.lines.find(takes);
        if (line !== undefined) resolve(line);
        else if (this.hasExited) reject(new Error(`ended without the awaited line; it said:\n${this.#said()}`));
      };
      this.#watchers.add(watcher);
      watcher();
    });
    try {
      return await within(found, timeoutMs, `log line ${predicate}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#said()}`);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** Resolves when GET /readyz answers 200. */
  async ready(timeoutMs = 15_000): Promise<this> {
    const { eventually } = await import('./wait.ts');
    await eventually(
      async () => {
        if (this.hasExited) return;
        const { status } = await fetch(`${this.url}/readyz`);
        if (status !== 200) throw new Error(`/readyz answers ${status}\n${this.#said()}`);
      },
      { timeoutMs },
    );
    if (this.hasExited) throw new Error(`ended before it was ready; it said:\n${this.#said()}`);
    return this;
  }

  /** Asks it to end and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    if (!this.hasExited) this.#child.kill(signal);
    return this.exited;
  }

  async kill9(): Promise<void> {
    await this.stop('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Whoever reads its output goes away: nothing more of it is known here. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  #hear(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.text += `${line}\n`;
    }
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #said(): string {
    return `${this.lines
      .slice(-30)
      .map((line) => JSON.stringify(line))
      .join('\n')}\n${this.text}`;
  }
}

export type Environment = Record<string, string | undefined>;

/** Starts `stagebell serve` on a free port of 127.0.0.1, open to all; `env` overrides any of that. */
export async function startServe(env: Environment = {}): Promise<StagebellProcess> {
  const port = env['PORT'] === undefined ? await freePort() : Number(env['PORT']);
  const child = spawnMain(['serve'], { PORT: String(port), HOST: '127.0.0.1', AUTH: 'none', ...env });
  return new StagebellProcess(child, port);
}

/** Runs one command of `stagebell` to its end, in a process of its own. Cheaper, and enough for most: command.ts. */
export async function runProcess(args: string[], env: Environment = {}): Promise<Exit & Output> {
  const child = spawnMain(args, env);
  const release = guard({ pid: child.pid as number });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exit = await new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  release();
  return { ...exit, stdout, stderr };
}

/**
 * For short lives: the optimising compiler would take as much processor time as all the rest of the start of the
 * embedded database, and memory, and nothing that a test looks at is other than with it.
 */
const WASM_AS_IT_COMES = '--liftoff-only';

/** Only what is given: a variable of the developer's shell must not reach the program under test. */
function spawnMain(args: string[], env: Environment): ChildProcess {
  const { PATH, HOME, TZ } = process.env;
  const options = env['DATA_DIR'] === undefined ? OPTIONS : [...OPTIONS, WASM_AS_IT_COMES];
  return spawn(process.execPath, [...options, MAIN, ...args], {
    env: { PATH, HOME, TZ, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
