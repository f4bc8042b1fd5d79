import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './ports.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { ServerProcess } from './server-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

export interface PostgresOptions {
  /** Whether a commit waits for the disk: false for tests, true for measurements. */
  durable?: boolean;
  /** Further settings of postgresql.conf. */
  settings?: Record<string, string | number>;
  /** Of another version; those of the npm package by default. */
  binaries?: PostgresBinaries;
}

/** `fast` ends its sessions and writes everything down; `immediate` is a crash that recovers at the next start. */
export type StopMode = 'fast' | 'immediate';
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

// Locales are the machine's, and C is on each. The zone is far from UTC, so that a forgotten one shows.
const INITDB = [
  '--auth=trust',
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
  '--no-instructions',
];
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  timezone: 'Asia/Kathmandu',
  log_min_messages: 'log',
};
const FORGETFUL = { fsync: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: 0 };

const PASSWORD = 'of-tests';

/** A PostgreSQL cluster of one's own in a temporary folder. It is gone after the run at the latest. */
export class PostgresServer {
  readonly port: number;
  #url: string;
  readonly #binaries: PostgresBinaries;
  readonly #folder: TemporaryFolder;
  readonly #settings: Record<string, string | number>;
  #process: ServerProcess | null = null;

  private constructor(port: number, binaries: PostgresBinaries, folder: TemporaryFolder, options: PostgresOptions) {
    this.port = port;
    this.#url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    this.#binaries = binaries;
    this.#folder = folder;
    this.#settings = { ...SETTINGS, ...(options.durable ? {} : FORGETFUL), ...options.settings };
  }

  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const binaries = options.binaries ?? (await postgresBinaries());
    const folder = temporaryFolder('postgres', binaries.owner);
    const data = join(folder.path, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (binaries.owner !== undefined) chownSync(data, binaries.owner.uid, binaries.owner.gid);
    await promisify(execFile)(binaries.initdb, [`--pgdata=${data}`, ...INITDB], { cwd: tmpdir(), ...binaries.owner });
    const server = new PostgresServer(await freePort(), binaries, folder, options);
    await server.start();
    return server;
  }

  /** Of its database `postgres`, as its superuser. */
  get url(): string {
    return this.#url;
  }

  /** From now on its superuser needs a password, as on any server but those of tests. In the clear, which is quick. */
  async askForPassword(): Promise<void> {
    const hash = createHash('md5').update(`${PASSWORD}postgres`).digest('hex');
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    await client.query(`ALTER ROLE postgres PASSWORD 'md5${hash}'`);
    writeFileSync(
      join(this.#folder.path, 'data', 'pg_hba.conf'),
      'host all postgres all password\nhost all all all trust\n',
    );
    await client.query('SELECT pg_reload_conf()');
    await client.end();
    this.#url = this.#url.replace('//postgres@', `//postgres:${PASSWORD}@`);
  }

  get isRunning(): boolean {
    return this.#process !== null && !this.#process.hasExited;
  }

  /** Starts it (again), on the same port with the same data. */
  async start(): Promise<void> {
    const args = ['-D', join(this.#folder.path, 'data'), '-p', String(this.port)];
    for (const [name, value] of Object.entries(this.#settings)) args.push('-c', `${name}=${value}`);
    const options = {
      cwd: this.#folder.path,
      ...this.#binaries.owner,
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    };
    this.#process = await ServerProcess.spawn(this.#binaries.postgres, args, options, 'SIGQUIT');
    await this.#process.waitForOutput(/ready to accept connections/, 30_000);
  }

  /** Stops it and keeps its data. */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#process?.end(STOP_SIGNALS[mode]);
  }

  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  /** SIGSTOP for every process of it: connections stay open and nothing answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    for (const pid of this.#pids()) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // One of its backends has ended since they were listed.
        if ((error as { code?: string }).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Stops it for good and removes its data. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    this.#folder.remove();
  }

  /** The postmaster first, so that it starts no successor of what is stopped after it. */
  #pids(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
  }
}
