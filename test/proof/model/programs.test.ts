import { expect } from 'chai';
import fc from 'fast-check';
import { postgresForSimulations } from '../sim/play.ts';
import { report } from '../sim/report.ts';
import { type Outcome, run } from '../sim/run.ts';
import { Sabotage } from '../sim/sabotage.ts';
import { program } from './programs.ts';

const PROGRAMS = 60;

/** What any order of edits, time, crashes and hand-overs leaves behind is what the pure model allows. */
describe('the service and the pure model', () => {
  it(`agree on ${PROGRAMS} random programs`, async function () {
    this.timeout(120_000);
    const postgres = await postgresForSimulations();
    await fc.assert(
      fc.asyncProperty(program, async (steps) => {
        const outcome = await run(steps, postgres);
        expect(outcome.violations, report(steps.shape, outcome)).to.deep.equal([]);
      }),
      { numRuns: PROGRAMS },
    );
  });

  it('a service that judges an end too strictly is found out, and the program shrinks to a stage or two', async function () {
    this.timeout(120_000);
    const postgres = await postgresForSimulations();
    const strict = new Sabotage({ 'end_date <= reach.at': "end_date < reach.at - interval '1 s'" });
    const found = await fc.check(
      fc.asyncProperty(program, async (steps) => isSound(await run(steps, postgres, strict))),
      { numRuns: 100, seed: 1, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
    strict.checkFound();
    expect(found.failed).to.equal(true);
    const [smallest] = found.counterexample ?? [];
    expect(smallest?.steps.length, JSON.stringify(smallest)).to.be.at.most(3);
  });
});

const isSound = ({ violations }: Outcome): boolean => violations.length === 0;
