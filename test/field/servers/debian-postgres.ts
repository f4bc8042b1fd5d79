import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Runs commands as an operator does who has its programs on the PATH. @throws with what they said */
export function runCommands(commands: string, cwd: string, env: Record<string, string>): void {
  const path = `${dirname(tool('pg_dump'))}:${process.env['PATH']}`;
  const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd,
    env: { PATH: path, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${commands}\nends with ${status}: ${stderr}`);
}
