import { expect } from 'chai';
import { check } from './check.ts';
import { Doctored } from './good-run.ts';

/** By rule: what is done to the good run, under a name that says what it then shows. */
export type Histories = Record<string, Record<string, (run: Doctored) => void>>;

/** A checker that can fail: each history is caught by its rule, and by no other. */
export function areCaught(histories: Histories): void {
  for (const [rule, doctors] of Object.entries(histories)) {
    for (const [title, doctor] of Object.entries(doctors)) {
      it(`${rule}: ${title}`, () => {
        const run = new Doctored();
        doctor(run);
        const { violations } = check(run.history);
        expect([...new Set(violations.map((v) => v.rule))], JSON.stringify(violations, null, 1)).to.deep.equal([rule]);
      });
    }
  }
}
