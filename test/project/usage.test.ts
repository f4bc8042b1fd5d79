import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> };
/** Each takes most of a second to start, so the others are read. */
const TRIED = 'test/proof/fuzz/fuzz.ts';

const call = (...args: string[]) => spawnSync(process.execPath, [TRIED, ...args], { cwd: ROOT, encoding: 'utf8' });

describe('A command of the project', () => {
  it('answers wrong usage in one line, with exit code 2', () => {
    for (const [args, why] of [
      [['--bogus'], "Unknown option '--bogus'"],
      [['--seconds', 'x'], '--seconds must be a whole number, 1 or more'],
      [['--on', 'postgres,oracle'], '--on: there is no oracle'],
    ] as const) {
      const { status, stderr, stdout } = call(...args);
      expect({ status, stdout }, why).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr).to.match(/^[^\n]+ Usage: npm run fuzz [^\n]+\n$/);
      expect(stderr.startsWith(`${why}. Usage:`), stderr).to.equal(true);
    }
  });

  it('says how it is used when it is asked', () => {
    const { status, stdout } = call('--help');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^npm run fuzz -- .*--seed/);
  });

  it('reads its command line by Usage, whichever it is', () => {
    const files = Object.entries(scripts).flatMap(([name, line]) => {
      const file = /^node (test\/\S+\.ts)$/.exec(line)?.[1];
      return file === undefined || name.endsWith('pack') ? [] : [[name, file] as const];
    });
    expect(files.length).to.be.greaterThan(8);
    for (const [name, file] of files) {
      const text = readFileSync(`${ROOT}/${file}`, 'utf8');
      expect(text, file)
        .to.match(new RegExp(`new Usage\\(\\s*['"\`]npm (run )?${name} -- `))
        .and.include('usage.read(');
      expect(text, file).not.to.include('parseArgs');
    }
  });
});
