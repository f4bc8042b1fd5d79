import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { MUTANTS } from './all.ts';
import { sabotage } from './mutant.ts';

/** The mutants themselves are run by `npm run mutants`; this keeps them in step with the code. */
describe('the mutants', () => {
  for (const mutant of MUTANTS) {
    it(`${mutant.name}: has its one place in the code, and an instrument`, () => {
      expect(sabotage(readFileSync(mutant.file, 'utf8'), mutant)).to.include(mutant.replace);
      const { caughtBy } = mutant;
      for (const file of caughtBy.kind === 'tests' ? caughtBy.files : [caughtBy.file]) {
        expect(existsSync(file), file).to.equal(true);
      }
    });
  }

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).to.equal(MUTANTS.length);
  });
});
