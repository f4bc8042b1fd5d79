#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it and say what it needs. The rest is TypeScript for Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
// In an installed package Node strips no types, so its sources were stripped beforehand (test/support/pack.ts).
const main = [at('./main.ts'), at('../dist/main.js')].find(existsSync);
// In a clone `npm ci` has brought a Node of its own.
const own = [at('../node_modules/node/bin/node'), at('../../node/bin/node')].find(existsSync);

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import(new URL(`file://${main}`).href);
} else if (own !== undefined) {
  const child = spawn(own, [...process.execArgv, main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code);
  });
} else {
  process.stderr.write(
    `stagebell: needs Node ${NEEDED}, and this is ${process.versions.node}. Install Node ${NEEDED} from https://nodejs.org, or put it beside this package: npm install node@${NEEDED}\n`,
  );
  process.exit(2);
}
