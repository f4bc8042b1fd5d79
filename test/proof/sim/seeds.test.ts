import { expect } from 'chai';
import { postgresForSimulations } from './play.ts';
import { programOf } from './program.ts';
import { replayOf, report } from './report.ts';
import { type Outcome, run } from './run.ts';
import { worthiestSeeds } from './worth.ts';

/** As many two faults that meet as in five hundred that come as they come; `npm run sim` has any number. */
const SEEDS = 120;
const AMONG = 2000;
const A_TEST = 30;

describe('simulation', () => {
  let worthiest: number[] = [];
  before(() => {
    worthiest = worthiestSeeds(SEEDS, AMONG);
  });

  for (let from = 0; from < SEEDS; from += A_TEST) {
    it(`keeps the promise on the ${SEEDS} worthiest seeds of ${AMONG}: ${from + 1} to ${from + A_TEST}`, async function () {
      this.timeout(300_000);
      const postgres = await postgresForSimulations();
      for (const seed of worthiest.slice(from, from + A_TEST)) {
        const program = programOf(seed);
        const outcome = await run(program, postgres);
        expect(outcome.violations, report(program.shape, outcome, replayOf(seed))).to.deep.equal([]);
      }
    });
  }

  it('has every kind of fault in it', () => {
    const kindsOf = (seeds: readonly number[]) =>
      new Set(seeds.flatMap((seed) => programOf(seed).steps.flatMap((s) => ('fault' in s ? [s.fault.kind] : []))));
    expect(kindsOf(worthiest)).to.deep.equal(kindsOf(Array.from({ length: AMONG }, (_, i) => i + 1)));
  });

  it('has troubles in it, and bells in calm: a run in which nothing happens proves nothing', async () => {
    const postgres = await postgresForSimulations();
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= 10; seed++) outcomes.push(await run(programOf(seed), postgres));
    const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0);
    expect(sum(({ counts }) => counts.faults)).to.be.above(20);
    expect(sum(({ counts }) => counts.transitions)).to.be.above(200);
    expect(sum(({ counts }) => counts.calm)).to.be.above(50);
    expect(sum(({ counts }) => counts.terms)).to.be.above(12);
  });
});

describe('one seed is one run', () => {
  it('writes the same trace twice, byte for byte, whatever ran in between', async () => {
    const postgres = await postgresForSimulations();
    for (const seed of [7, 73, 1061]) {
      const first = await run(programOf(seed), postgres);
      await run(programOf(seed + 1), postgres);
      const second = await run(programOf(seed), postgres);
      expect(first.trace.toString()).to.equal(second.trace.toString());
      expect(first.counts).to.deep.equal(second.counts);
    }
  });

  it('and another seed is another run', async () => {
    const postgres = await postgresForSimulations();
    const [one, other] = [await run(programOf(1), postgres), await run(programOf(2), postgres)];
    expect(one.trace.toString()).not.to.equal(other.trace.toString());
  });
});
