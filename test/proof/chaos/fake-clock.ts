import { execFileSync } from 'node:child_process';
import { globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from '../../support/guard.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary.ts';

const LIBRARY = '/usr/lib/*/faketime/libfaketime.so.1';

/** Where libfaketime is; installed with apt-get where we may; null where it is not to be had. */
export function libfaketime(): string | null {
  const find = (): string | null => globSync(LIBRARY)[0] ?? null;
  const found = find();
  if (found !== null || process.getuid?.() !== 0) return found;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'libfaketime'], {
      env,
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  return find();
}

/**
 * The wall clock of one instance, to be stepped while it runs. Its monotonic clock is left alone, as a
 * step of the real one leaves it.
 */
export class FakeClock {
  readonly #library: string;
  readonly #folder: TemporaryFolder;

  constructor(library: string) {
    this.#library = library;
    this.#folder = temporaryFolder('clock');
    this.set(0);
  }

  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** From now on it is this far ahead of the machine's. In one step: it is read at any moment. */
  set(aheadMs: number): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${aheadMs < 0 ? '-' : '+'}${Math.abs(aheadMs) / 1000}\n`);
    renameSync(next, this.#file);
  }

  /** libfaketime keeps its state in shared memory, and a process that is killed leaves that behind. */
  static async cleanUpAfter(pid: number, exited: Promise<unknown>): Promise<void> {
    const traces = [`/dev/shm/faketime_shm_${pid}`, `/dev/shm/sem.faketime_sem_${pid}`];
    const releases = traces.map((folder) => guard({ folder }));
    await exited;
    for (const trace of traces) rmSync(trace, { force: true });
    for (const release of releases) release();
  }

  remove(): void {
    this.#folder.remove();
  }

  get #file(): string {
    return join(this.#folder.path, 'time');
  }
}
