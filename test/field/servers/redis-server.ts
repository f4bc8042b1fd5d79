import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../support/ports.ts';
import { requireRedis } from '../../support/redis.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A real redis-server, set up as a row wants it. */
export class RedisServer {
  readonly port: number;
  readonly #process: ServerProcess;

  private constructor(port: number, process: ServerProcess) {
    this.port = port;
    this.#process = process;
  }

  /** @param args as on its command line */
  static async start(args: readonly string[] = []): Promise<RedisServer> {
    const port = await freePort();
    const { path } = temporaryFolder('redis');
    const ours = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', path];
    return RedisServer.#spawn(port, [...ours, ...args], /Ready to accept connections/);
  }

  /** A Sentinel, which knows where a Redis is and is none. */
  static async sentinel(watched: RedisServer): Promise<RedisServer> {
    const port = await freePort();
    const file = join(temporaryFolder('sentinel').path, 'sentinel.conf');
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${watched.port} 1\n`);
    return RedisServer.#spawn(port, [file, '--sentinel'], /\+monitor/);
  }

  static async #spawn(port: number, args: string[], isUp: RegExp): Promise<RedisServer> {
    requireRedis();
    const process = await ServerProcess.spawn('redis-server', args, {}, 'SIGKILL');
    await process.waitForOutput(isUp, 10_000);
    return new RedisServer(port, process);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** One command of its administrator. */
  async tell(command: string, ...args: (string | number)[]): Promise<void> {
    const client = new Redis(this.port, '127.0.0.1');
    await client.call(command, ...args);
    client.disconnect();
  }

  /** A command that it never answers; what it does meanwhile is the point. */
  keepBusy(): void {
    const client = new Redis(this.port, '127.0.0.1');
    client.on('error', () => {});
    client.eval('while true do end', 0).catch(() => {});
    this.#process.exited.then(() => client.disconnect());
  }

  stop(): Promise<void> {
    return this.#process.end('SIGKILL');
  }
}
