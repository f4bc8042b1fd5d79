import Mocha from 'mocha';

/** mocha's own report, and the counts for test/run.ts, which started us. */
export default class RunReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      process.send?.({ passed: this.stats.passes, failed: this.stats.failures } satisfies Counts);
    });
  }
}

export interface Counts {
  passed: number;
  failed: number;
}
