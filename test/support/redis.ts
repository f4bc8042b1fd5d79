import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Stops it without a farewell; what it knew is gone. */
  stop(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** FLUSHALL. */
  flush(): Promise<void>;
  /** SCRIPT FLUSH. */
  forgetScripts(): Promise<void>;
  /** Any command, as the default user. */
  ask(command: string, ...parameters: (string | number)[]): Promise<unknown>;
}

/**
 * A real redis-server that keeps nothing on disk. It is gone after the run at the latest.
 * @param settings more of its command line
 */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  requireRedis();
  const port = await freePort();
  const folder = temporaryFolder('redis');
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder.path,
    ...settings,
  ];
  let server: ServerProcess | null = null;
  const start = async (): Promise<void> => {
    server = await ServerProcess.spawn('redis-server', args, {}, 'SIGKILL');
    await server.waitForOutput(/Ready to accept connections/, 10_000);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop: async () => server?.end('SIGKILL'),
    pause: () => server?.signal('SIGSTOP'),
    resume: () => server?.signal('SIGCONT'),
    flush: async () => {
      await withClient(port, (client) => client.flushall());
    },
    forgetScripts: async () => {
      await withClient(port, (client) => client.script('FLUSH'));
    },
    ask: (command, ...parameters) => withClient(port, (client) => client.call(command, ...parameters)),
  };
}

/** A connection for the length of `work`. */
async function withClient<T>(port: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await import('ioredis');
  const client = new Redis(port, '127.0.0.1');
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

let isThere = false;

/** No npm package carries Redis: it comes from PATH, or from Debian's package where we may install it. */
export function requireRedis(): void {
  if (isThere || spawnSync('redis-server', ['--version']).status === 0) {
    isThere = true;
    return;
  }
  const howTo = 'redis-server is missing: sudo apt-get install redis-server';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(howTo);
  console.log('redis-server is missing: installing it with apt-get');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
      env,
      stdio: 'ignore',
    });
  } catch {
    throw new Error(howTo);
  }
  isThere = true;
}
