import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> };
/** The real commands load the whole service first, so that they are read and this one is tried. */
const COMMAND = `import { Usage } from './test/support/usage.ts';
  const usage = new Usage('npm run it -- [--count 1] [--on one,two]');
  const { values } = usage.read({ options: { count: { type: 'string', default: '1' }, on: { type: 'string', default: 'one' } } });
  usage.whole('count', values.count);
  usage.names('on', values.on, ['one', 'two']);`;
const call = (...args: string[]) =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', COMMAND, '--', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });

describe('A command of the project', () => {
  for (const [args, why] of [
    [['--bogus'], "Unknown option '--bogus'"],
    [['--count', 'x'], '--count must be a whole number, 1 or more'],
    [['--on', 'one,three'], '--on: there is no three'],
  ] as const) {
    it(`answers wrong usage in one line, with exit code 2: ${args.join(' ')}`, () => {
      const usage = 'Usage: npm run it -- [--count 1] [--on one,two]\n';
      expect(call(...args)).to.deep.include({ status: 2, stdout: '', stderr: `${why}. ${usage}` });
    });
  }

  it('says how it is used when it is asked', () => {
    expect(call('--help')).to.deep.include({ status: 0, stdout: 'npm run it -- [--count 1] [--on one,two]\n' });
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
