import { relative } from 'node:path';
import Mocha from 'mocha';

const SLOWEST = 12;

/** mocha's own report, the files that took longest, and what test/run.ts, which started us, sums up. */
export default class RunReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const tookMs = new Map<string, number>();
    const failures: string[] = [];
    runner.on('fail', (test, { stack, message }: Error) => {
      failures.push(`${relative(process.cwd(), test.file ?? '')}: ${test.fullTitle()}\n${stack ?? message}`);
    });
    let fromMs = 0;
    runner.on('suite', (suite) => {
      if (suite.parent?.root === true) fromMs = performance.now();
    });
    runner.on('suite end', ({ parent, file = '' }) => {
      if (parent?.root === true) tookMs.set(file, (tookMs.get(file) ?? 0) + performance.now() - fromMs);
    });
    runner.once('end', () => {
      if (tookMs.size > 1) console.log(`longest: ${slowest(tookMs)}\n`);
      process.send?.({ passed: this.stats.passes, failed: this.stats.failures, failures } satisfies Counts);
    });
  }
}

function slowest(tookMs: ReadonlyMap<string, number>): string {
  const files = [...tookMs].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
  return files.map(([file, ms]) => `${relative(process.cwd(), file)} ${(ms / 1000).toFixed(1)} s`).join(', ');
}

export interface Counts {
  passed: number;
  failed: number;
  /** Each one's file, name and stack. */
  failures: readonly string[];
}
