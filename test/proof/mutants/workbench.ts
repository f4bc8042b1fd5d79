import { spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from '../../support/guard.ts';
import type { Counts } from '../../support/reporter.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary.ts';
import { type Instrument, type Mutant, sabotage } from './mutant.ts';

/** What a run needs; the dependencies are linked. */
const COPIED = [
  'src',
  'test',
  'config',
  'docs',
  'README.md',
  '.env.example',
  'package.json',
  '.mocharc.json',
  'tsconfig.json',
];

/** A mutant may well hang: that is one way to be caught. */
const PATIENCE_MS = 90_000;

export interface Outcome {
  hasPassed: boolean;
  /** How many tests failed; null for a program, and where it hung. */
  failed: number | null;
  /** What it said, to be shown when it is not what was expected. */
  said: string;
}

/** A copy of the project in which one mutant at a time is put and tried. */
export class Workbench {
  readonly #root: string;
  readonly #folder: TemporaryFolder;

  constructor(root: string) {
    this.#root = root;
    this.#folder = temporaryFolder('mutants');
    for (const name of COPIED) cpSync(join(root, name), join(this.#folder.path, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.#folder.path, 'node_modules'));
  }

  /** Runs `work` with the mutant in place. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const source = readFileSync(join(this.#root, mutant.file), 'utf8');
    const file = join(this.#folder.path, mutant.file);
    writeFileSync(file, sabotage(source, mutant));
    try {
      return await work();
    } finally {
      writeFileSync(file, source);
    }
  }

  run(instrument: Instrument): Promise<Outcome> {
    if (instrument.kind === 'program') return this.#spawn([instrument.file, ...instrument.args], false);
    const { files, grep } = instrument;
    const mocha = ['node_modules/.bin/mocha', '--bail', '--timeout=60000', '--reporter=test/support/reporter.ts'];
    return this.#spawn([...mocha, ...(grep === undefined ? [] : [`--grep=${grep}`]), ...files], true);
  }

  remove(): void {
    this.#folder.remove();
  }

  /** @param isCounting whether it reports how many tests passed: one that ran none has shown nothing */
  #spawn(args: string[], isCounting: boolean): Promise<Outcome> {
    const child = spawn(process.execPath, args, { cwd: this.#folder.path, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const release = guard({ pid: child.pid as number });
    let said = '';
    let counts: Counts | null = null;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    return new Promise((resolve, reject) => {
      const end = (): void => void child.kill('SIGKILL');
      const patience = setTimeout(end, PATIENCE_MS);
      child.once('message', (message) => {
        counts = message as Counts;
        // It has reported. What it leaves open is another instrument's to find.
        setTimeout(end, 1000).unref();
      });
      child.once('close', (code, signal) => {
        clearTimeout(patience);
        release();
        if (!isCounting || signal !== null || counts !== null) {
          const failed = counts?.failed ?? null;
          const hasPassed = isCounting ? failed === 0 && (counts?.passed ?? 0) > 0 : code === 0;
          resolve({ hasPassed, failed, said });
        } else reject(new Error(`${args.join(' ')} did not run:\n${said}`));
      });
    });
  }
}
