import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresBinaries, runnable } from '../../support/postgres-binaries.ts';
import { Missing } from '../deployment.ts';

/** The newest PostgreSQL that Debian's packages have put here, with its tools. @throws Missing */
export function debianBinaries(): PostgresBinaries {
  return runnable(tool('initdb'), tool('postgres'));
}

function tool(name: string): string {
  const folders = globSync('/usr/lib/postgresql/*/bin').sort();
  const path = join(folders.at(-1) ?? '/none', name);
  if (spawnSync(path, ['--version']).status !== 0) throw new Missing(`${name} is not here: apt-get install postgresql`);
  return path;
}

/** Runs one of its programs to its end. @returns what it wrote. @throws with what it said */
export function runTool(name: 'pg_dump' | 'pg_restore' | 'psql', args: readonly string[], input = ''): string {
  return execFileSync(tool(name), args, {
    encoding: 'utf8',
    input,
    maxBuffer: 64 << 20,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
