import { expect } from 'chai';
import { BatchSize } from '../../src/scheduler/batch-size.ts';

/** How many boundaries a statement takes on. */
describe('BatchSize', () => {
  /** A machine on which a statement takes 5 ms and each boundary so much more. */
  function settled(size: BatchSize, msEach: number): number {
    for (let i = 0; i < 20; i++) size.took(size.now, true, 5 + size.now * msEach);
    return size.now;
  }

  it('finds what can be done in the wanted time, on a fast machine and on a slow one', () => {
    const onFast = settled(new BatchSize(1000, 30), 0.03);
    const onSlow = settled(new BatchSize(1000, 30), 0.08);
    for (const [now, msEach] of [
      [onFast, 0.03],
      [onSlow, 0.08],
    ] as const)
      expect(5 + now * msEach).to.be.within(20, 45);
  });

  it('stays between a least and a most', () => {
    expect(settled(new BatchSize(1000, 30), 10)).to.equal(200);
    expect(settled(new BatchSize(1000, 30), 0.001)).to.equal(1000);
  });

  it('does not collapse after a statement that was held up, or after some that had little to do', () => {
    const size = new BatchSize(1000, 30);
    for (let i = 0; i < 9; i++) size.took(size.now, true, 5);
    expect(size.now).to.equal(1000);
    size.took(1000, true, 60_000);
    expect(size.now).to.equal(500);
    for (let i = 0; i < 20; i++) size.took(size.now, false, 1);
    expect(size.now).to.equal(500);
  });

  it('is the maximum if no time is wanted, a quarter after a failure, and soon what it was', () => {
    const size = new BatchSize(1000, null);
    size.took(1000, true, 5000);
    expect(size.now).to.equal(1000);
    for (let i = 0; i < 9; i++) size.failed();
    expect(size.now).to.equal(1);
    for (let i = 0; i < 10; i++) size.took(size.now, true, 5000);
    expect(size.now).to.equal(1000);
  });
});
