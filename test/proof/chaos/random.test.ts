import { expect } from 'chai';
import { Random } from '../random.ts';
import { FAULTS } from './faults/all.ts';
import { fixedSchedule, randomSchedule, type Step } from './schedule.ts';

const take = (steps: Iterator<Step>, count: number): string[] =>
  Array.from({ length: count }, () => JSON.stringify(steps.next().value));

describe('a seed', () => {
  it('gives the same schedule each time, and another seed another', () => {
    const of = (seed: string): string[] => take(randomSchedule(new Random(seed), 1000), 2 * FAULTS.length);
    expect(of('7')).to.deep.equal(of('7'));
    expect(of('7')).to.not.deep.equal(of('8'));
  });

  it('brings every kind of fault before any comes twice', () => {
    const steps = randomSchedule(new Random('1'), 1000);
    const kinds = Array.from({ length: FAULTS.length }, () => steps.next().value?.kind.name);
    expect(new Set(kinds).size).to.equal(FAULTS.length);
  });

  it('gives each part a source of its own', () => {
    const one = new Random('1');
    const other = new Random('1');
    one.next();
    expect(one.fork('workload').next()).to.equal(other.fork('workload').next());
    expect(one.fork('workload').next()).to.not.equal(one.fork('nemesis').next());
  });

  it('draws evenly', () => {
    const random = new Random('even');
    const counts = new Map<number, number>();
    for (let i = 0; i < 4000; i++) {
      const drawn = random.integer(0, 3);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).to.deep.equal([0, 1, 2, 3]);
    for (const count of counts.values()) expect(count).to.be.within(800, 1200);
  });

  it('makes ids that look like any other', () => {
    expect(new Random('id').uuid()).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('refuses a fault that there is not', () => {
    expect(() => [...fixedSchedule(['leader tickled'], new Random('1'), 1000)]).to.throw('leader killed');
  });
});
