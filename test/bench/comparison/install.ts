import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../contenders', import.meta.url));

/** Installs the contenders where that was not done since their lock file changed. */
export function installContenders(): void {
  if (isInstalled()) return;
  console.log('installing the contenders: npm ci in test/bench/contenders');
  const { status } = spawnSync('npm', ['ci'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci in test/bench/contenders failed');
  // What it wrote is to be on the disk before the first scenario writes there.
  spawnSync('sync');
}

function isInstalled(): boolean {
  try {
    const installed = statSync(`${FOLDER}/node_modules/.package-lock.json`).mtimeMs;
    return installed >= statSync(`${FOLDER}/package-lock.json`).mtimeMs;
  } catch {
    return false;
  }
}

/** Name and version of each, as pinned. */
export function contenderVersions(): Record<string, string> {
  return JSON.parse(readFileSync(`${FOLDER}/package.json`, 'utf8')).dependencies;
}
