import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { install } from './debian.ts';
import { freePort } from './ports.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary.ts';

/** A real redis-server that keeps nothing on disk. It is gone after the run at the latest. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #args: readonly string[];
  readonly #isUp: RegExp;
  #process: ServerProcess | null = null;

  constructor(port: number, args: readonly string[], isUp = /Ready to accept connections/) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#args = args;
    this.#isUp = isUp;
  }

  /** On the same port, empty. */
  async start(): Promise<this> {
    await requireRedis();
    this.#process = await ServerProcess.spawn('redis-server', [...this.#args], {}, 'SIGKILL');
    await this.#process.waitForOutput(this.#isUp, 10_000);
    return this;
  }

  /** Stops it without a farewell; what it knew is gone. */
  async stop(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  async flush(): Promise<void> {
    await this.ask('FLUSHALL');
  }

  async forgetScripts(): Promise<void> {
    await this.ask('SCRIPT', 'FLUSH');
  }

  /** Any command, as the default user. */
  async ask(command: string, ...parameters: (string | number)[]): Promise<unknown> {
    const client = await this.#connect();
    try {
      return await client.call(command, ...parameters);
    } finally {
      client.disconnect();
    }
  }

  /** A command that it never answers; what it does meanwhile is the point. */
  async keepBusy(): Promise<void> {
    const client = await this.#connect();
    client.on('error', () => {});
    client.eval('while true do end', 0).catch(() => {});
    this.#process?.exited.then(() => client.disconnect());
  }

  async #connect(): Promise<Redis> {
    return new (await import('ioredis')).Redis(this.port, '127.0.0.1');
  }
}

/** @param settings more of its command line */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const port = await freePort();
  const { path } = temporaryFolder('redis');
  const ours = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', path];
  return new RedisServer(port, [...ours, ...settings]).start();
}

/** A Sentinel, which knows where a Redis is and is none. */
export async function startSentinel(watched: RedisServer): Promise<RedisServer> {
  const port = await freePort();
  const file = join(temporaryFolder('sentinel').path, 'sentinel.conf');
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${watched.port} 1\n`);
  return new RedisServer(port, [file, '--sentinel'], /\+monitor/).start();
}

let isThere = false;

/** No npm package carries Redis: it comes from PATH, or from Debian's package where we may install it. */
export async function requireRedis(): Promise<void> {
  isThere ||= spawnSync('redis-server', ['--version']).status === 0 || (await install('redis-server'));
  if (!isThere) throw new Error('redis-server is missing: sudo apt-get install redis-server');
}
