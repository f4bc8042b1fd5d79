import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** Programs that no npm package carries come from Debian's packages, where we may install them. */
const mayInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** One installation after the other: apt-get takes locks. */
let installing: Promise<unknown> = Promise.resolve();

/** @returns whether it is installed now; false also where we may not */
export function install(name: string): Promise<boolean> {
  if (!mayInstall()) return Promise.resolve(false);
  const installed = installing.then(() => {
    console.log(`${name} is missing: installing it with apt-get`);
    return installNow(name);
  });
  installing = installed;
  return installed;
}

async function installNow(name: string): Promise<boolean> {
  await aptGet('update', '-qq');
  // Waits for another apt-get. Nobody needs what it writes to survive a power cut.
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'DPkg::Options::=--force-unsafe-io'];
  return aptGet(...options, 'install', '-y', '-qq', '--no-install-recommends', name);
}

function aptGet(...args: string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn('apt-get', args, { env, stdio: 'ignore' });
  // Tests run meanwhile.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
